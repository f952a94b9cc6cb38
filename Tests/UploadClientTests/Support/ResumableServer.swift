import HTTPTypes
import HTTPWire
import NativeWire
import NIOCore
import ResumableWire
import SessionCore
import Synchronization
import UploadClient
import UploadCore

/// A server of “Resumable Uploads for HTTP” in memory, as good or bad at it as it is told to be.
final class ResumableServer: UploadTransport {
    struct Manners: Sendable {
        /// The versions that it speaks; others get `refusal`, or are conventional uploads without one.
        var versions = InteropVersion.all
        var refusal: HTTPResponse.Status?
        var sendsInterim = true
        /// Offsets told by interim responses, after each so many bytes.
        var tellsEvery: Int?
        /// The host of the addresses that it gives.
        var host = "http://127.0.0.1:8080"
        var hasOptions = true
        var limit = UploadLimit(maxSize: 1 << 40)
        /// Larger requests are refused by a proxy.
        var requestBytesMax = Int.max
        /// Whether a final response has the document of Wharf.
        var isWharf = true
        /// Whether a repeated `Upload-Length` is refused, as tusd does.
        var refusesRepeatedLength = true
    }

    enum Fault: Sendable {
        /// The connection breaks after so many bytes of the request's body, which the server has.
        case cut(after: Int)
        /// The response is lost; the server has processed the request.
        case answerLost
        case answered(HTTPResponse.Status, HTTPFields = [:])
        /// Another client takes the upload over.
        case superseded
        case bitTurned
    }

    struct Upload: Sendable {
        var bytes: [UInt8] = []
        var length: Int?
        var key: String?
        var digest: String?
        var isComplete = false
    }

    struct Call: Hashable, Sendable {
        let method: HTTPRequest.Method
        let path: String
        let version: Int?
        let offset: Int?
        let bodyBytes: Int
        let fields: HTTPFields
    }

    struct State {
        var uploads: [String: Upload] = [:]
        var calls: [Call] = []
        /// Bodies of requests without the protocol.
        var conventional: [[UInt8]] = []
        var fault: @Sendable (Call, Int) async throws -> Fault? = { _, _ in nil }
    }

    let state = Mutex(State())
    let manners: Mutex<Manners>

    init(_ manners: Manners = Manners()) {
        self.manners = Mutex(manners)
    }

    /// - Parameter fault: Called with each request and the number of those of its method, from 1.
    func fail(_ fault: @escaping @Sendable (Call, Int) async throws -> Fault?) {
        state.withLock { $0.fault = fault }
    }

    var calls: [Call] { state.withLock { $0.calls } }
    var uploads: [Upload] { state.withLock { Array($0.uploads.values) } }
    func count(_ method: HTTPRequest.Method) -> Int { calls.count { $0.method == method } }

    func send(_ request: TransportRequest) async throws -> TransportResponse {
        try Task.checkCancellation()
        var (body, manners) = (try await Self.collected(request.body), manners.withLock { $0 })
        let version = request.fields[ResumableField.interopVersion].flatMap { Int($0) }
        let call = Call(
            method: request.method, path: request.path, version: version,
            offset: request.fields[ResumableField.uploadOffset].flatMap { Int($0) }, bodyBytes: body.count,
            fields: request.fields)
        let number = state.withLock { state in
            state.calls.append(call)
            return state.calls.count { $0.method == call.method }
        }
        var end = Ending.whole
        switch try await state.withLock(\.fault)(call, number) {
        case nil: break
        case .cut(let count):
            (body, end) = (Array(body.prefix(count)), .cut)
        case .answerLost: end = .lost
        case .answered(let status, let fields): return Self.response(status, [], fields)
        case .superseded: return Self.response(Problem(RequestFailure.stoppedAppend(UploadError(.superseded))))
        case .bitTurned: body[body.count / 2] ^= 1
        }
        if body.count > manners.requestBytesMax { return Self.response(.contentTooLarge, []) }
        if manners.limit.maxAppendSize.map({ body.count > $0 }) == true { manners.requestBytesMax = 0 }
        let response = await answer(request, body, end, manners)
        if end != .whole { throw TransportError(reason: "connection reset") }
        return response
    }

    enum Ending { case whole, cut, lost }
}
