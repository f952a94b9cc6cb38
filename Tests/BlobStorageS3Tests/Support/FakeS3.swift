import HTTPWire
import NIOCore
import NIOHTTP1
import NIOPosix
import SessionCore
import Synchronization
import UploadCore
import UploadTestKit

@testable import BlobStorageS3

/// A bucket behind a real socket that misbehaves as a test tells it to.
///
/// It verifies signatures, payload hashes, checksums and the time, as engines do, and stores objects in memory. Nothing
/// happens by time: what is held back comes when the test releases it.
final class FakeS3: Sendable {
    static let bucket = "photos"
    static let credentials = S3Credentials(accessKey: "AKIAEXAMPLE", secretKey: "a/secret+of/the+tests")

    /// What becomes of one request.
    enum Behaviour: Sendable {
        case normal
        /// Refused or failed without being processed.
        case status(Int, code: String? = nil)
        /// Processed; the connection closes without a response.
        case lost
        /// The connection closes without a response; processed once `processLate` is called.
        case late
        /// Not processed: status 200 with an error document.
        case errorBody(code: String)
        /// The response has only so many bytes of its body; then the connection closes.
        case truncated(Int)
        /// Not answered, and not processed, before `release`.
        case held
        /// Processed; the response has the checksum of other bytes.
        case otherChecksum
        /// Objects of DeleteObjects that are not deleted, by a code.
        case undeleted(code: String, where: @Sendable (String) -> Bool)
    }

    struct Request: Sendable {
        var method: String
        /// With the query, as it was sent.
        var uri: String
        var headers: HTTPHeaders
        var body: [UInt8]

        var path: String { String(uri.prefix { $0 != "?" }) }
        /// Of the object; empty for the bucket.
        var name: String { String.percentDecoded(path.dropFirst(FakeS3.bucket.utf8.count + 2)) ?? "" }
        var query: [(name: String, value: String)] {
            uri.dropFirst(path.utf8.count + 1).split(separator: "&").map { pair in
                let sides = pair.split(separator: "=", omittingEmptySubsequences: false)
                let (name, value) = (sides[0], sides.count > 1 ? sides[1] : "")
                return (String.percentDecoded(name) ?? "", String.percentDecoded(value) ?? "")
            }
        }
    }

    struct State {
        var objects: [String: [UInt8]] = [:]
        /// Those that objects were stored with.
        var headers: [String: HTTPHeaders] = [:]
        /// The multipart uploads under way, by their ids.
        var multiparts: [String: Multipart] = [:]
        var lastMultipart = 0
        var copiesParts = true
        var requests: [Request] = []
        var behave: @Sendable (Request, Int) -> Behaviour = { _, _ in .normal }
        var late: [Request] = []
        var held: [@Sendable () -> Void] = []
        var concurrent = 0
        var concurrentMax = 0
        /// The requests whose behaviour has taken effect: answered, held or kept for later.
        var handled = 0
        var waiters: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
        /// Whether `x-amz-checksum-crc32` and the others are verified.
        var verifiesIntegrity = true
        var hasBatchDeletion = true
        var honoursRanges = true
        /// Whether the pages of lists repeat their names.
        var isListOutOfOrder = false
    }

    let clock: ManualClock
    private let state = Mutex(State())
    private let channel: any Channel

    var port: Int { channel.localAddress?.port ?? 0 }

    private init(_ channel: any Channel, _ clock: ManualClock, _ link: Link) {
        self.channel = channel
        self.clock = clock
        link.fake.withLock { $0 = self }
    }

    /// Runs `body` with a server, then closes it with its connections.
    static func run(
        clock: ManualClock = ManualClock(), _ body: (FakeS3) async throws -> Void
    ) async throws {
        let link = Link()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(FakeS3Connection(link))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let fake = FakeS3(channel, clock, link)
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await body(fake))
        } catch {
            outcome = .failure(error)
        }
        fake.release()
        try await channel.close()
        link.fake.withLock { $0 = nil }
        try outcome.get()
    }

    /// From the connections to the server, which exists after them.
    final class Link: Sendable {
        let fake = Mutex<FakeS3?>(nil)
    }

    // MARK: - Tests

    func location(_ settings: String = "") throws -> S3Location {
        try S3Location(
            parsing: "s3://\(Self.bucket)/wharf?endpoint=http://127.0.0.1:\(port)&preset=seaweedfs\(settings)")
    }

    func behave(_ behave: @escaping @Sendable (Request, Int) -> Behaviour) {
        state.withLock { $0.behave = behave }
    }

    func change<Value: Sendable>(_ body: (inout State) -> Value) -> Value {
        state.withLock { body(&$0) }
    }

    var objects: [String: [UInt8]] { state.withLock { $0.objects } }
    var requests: [Request] { state.withLock { $0.requests } }
    func requests(_ method: String) -> [Request] { requests.filter { $0.method == method } }
    /// The most requests that were held at the same time.
    var heldMax: Int { state.withLock { $0.concurrentMax } }

    /// Returns once so many requests have come and their behaviour has taken effect: `release` answers them if held.
    func waitForRequests(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isReached = state.withLock { state in
                if state.handled >= count { return true }
                state.waiters.append((count, continuation))
                return false
            }
            if isReached { continuation.resume() }
        }
    }

    /// Answers what is held.
    func release() {
        let held = state.withLock { state in
            defer { (state.held, state.concurrent) = ([], 0) }
            return state.held
        }
        for answer in held { answer() }
    }

    /// Processes what came late.
    func processLate() {
        let late = state.withLock { state in
            defer { state.late = [] }
            return state.late
        }
        for request in late { _ = respond(to: request, undeleted: nil) }
    }

    // MARK: - Connections

    /// - Returns: What becomes of the request.
    func arrived(_ request: Request) -> Behaviour {
        state.withLock { state in
            state.requests.append(request)
            return state.behave(request, state.requests.count)
        }
    }

    /// The behaviour of one more request has taken effect.
    func requestHandled() {
        let reached = state.withLock { state in
            state.handled += 1
            let handled = state.handled
            defer { state.waiters.removeAll { $0.count <= handled } }
            return state.waiters.filter { $0.count <= handled }
        }
        for waiter in reached { waiter.continuation.resume() }
    }

    func hold(_ answer: @escaping @Sendable () -> Void) {
        state.withLock { state in
            state.held.append(answer)
            state.concurrent += 1
            state.concurrentMax = max(state.concurrentMax, state.concurrent)
        }
    }

    func keepForLater(_ request: Request) {
        state.withLock { $0.late.append(request) }
    }
}

/// Reads requests whole and answers them.
private final class FakeS3Connection: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let link: FakeS3.Link
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []

    init(_ link: FakeS3.Link) {
        self.link = link
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): (self.head, body) = (head, [])
        case .body(let buffer): body += buffer.readableBytesView
        case .end:
            guard let head, let fake = link.fake.withLock({ $0 }) else { return context.close(promise: nil) }
            let request = FakeS3.Request(
                method: head.method.rawValue, uri: head.uri, headers: head.headers, body: body)
            answer(request, fake, fake.arrived(request), context)
            fake.requestHandled()
        }
    }

    private func answer(
        _ request: FakeS3.Request, _ fake: FakeS3, _ behaviour: FakeS3.Behaviour, _ context: ChannelHandlerContext
    ) {
        switch behaviour {
        case .normal: send(fake.respond(to: request, undeleted: nil), request, context)
        case .status(let status, let code):
            send(.init(status, fake.error(code ?? "Problem")), request, context)
        case .lost:
            _ = fake.respond(to: request, undeleted: nil)
            context.close(promise: nil)
        case .late:
            fake.keepForLater(request)
            context.close(promise: nil)
        case .errorBody(let code): send(.init(200, fake.error(code)), request, context)
        case .truncated(let count):
            send(fake.respond(to: request, undeleted: nil), request, context, bodyBytes: count)
        case .held:
            let eventLoop = context.eventLoop
            let bound = NIOLoopBound((self, context), eventLoop: eventLoop)
            fake.hold {
                eventLoop.execute {
                    let (connection, context) = bound.value
                    connection.send(fake.respond(to: request, undeleted: nil), request, context)
                }
            }
        case .otherChecksum:
            var response = fake.respond(to: request, undeleted: nil)
            response.headers.replaceOrAdd(name: "x-amz-checksum-crc32", value: "AAAAAA==")
            send(response, request, context)
        case .undeleted(let code, let isUndeleted):
            send(fake.respond(to: request, undeleted: (code, isUndeleted)), request, context)
        }
    }

    private func send(
        _ response: FakeS3.Response, _ request: FakeS3.Request, _ context: ChannelHandlerContext,
        bodyBytes: Int = .max
    ) {
        var headers = response.headers
        headers.replaceOrAdd(name: "content-length", value: "\(response.body.count)")
        let head = HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: response.status), headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if request.method != "HEAD" {
            let sent = ByteBuffer(bytes: response.body.prefix(bodyBytes))
            context.write(wrapOutboundOut(.body(.byteBuffer(sent))), promise: nil)
        }
        guard response.body.count <= bodyBytes || request.method == "HEAD" else {
            let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
            context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer())))).whenComplete { _ in
                bound.value.close(promise: nil)
            }
            return
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}
