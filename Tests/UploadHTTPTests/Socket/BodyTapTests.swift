import HTTPTypes
import HTTPWire
import HummingbirdCore
import NIOCore
import NativeWire
import ServiceLifecycle
import Testing
import UploadCore

@testable import UploadHTTP

/// Large bodies, whose reader takes them from the socket.
@Suite(.timeLimit(.minutes(5))) struct BodyTapTests {
    private static let size = 3_000_000

    @Test func `most of a large body is taken from the socket, and the connection goes on`() async throws {
        try await serve { connection in
            for seed: UInt64 in 1...3 {
                let bytes = content(Self.size, seed: seed)
                try await Self.begin("/read", Self.size, connection)
                try await connection.send(bytes)
                let words = try await connection.readResponse().text.split(separator: " ")
                #expect(words.first.map(String.init) == Digest(of: bytes).hex)
                #expect(try #require(words.last.flatMap { Int($0) }) > Self.size / 2)
            }
        }
    }

    @Test func `the bytes behind a body are the next request`() async throws {
        try await serve { connection in
            let bytes = content(Self.size)
            try await Self.begin("/read", Self.size, connection)
            let requests = bytes + (0..<2).flatMap { _ in Self.head("/read", Self.size).bytes + bytes }
            try await connection.send(requests)
            for number in 0..<3 {
                let words = try await connection.readResponse().text.split(separator: " ").map(String.init)
                #expect(words.first == Digest(of: bytes).hex)
                if number == 0 { #expect(words.last != "0", "nothing was taken from the socket") }
            }
        }
    }

    /// NIO then receives all that there is, whatever was asked for, and claimed bytes as well.
    @Test(arguments: [0, 1])
    func `a client that closes its side has sent what it has sent`(_ missing: Int) async throws {
        try await serve { connection in
            // As much as fits into the buffers of the kernel.
            let bytes = content(60_000)
            try await Self.begin("/slow", bytes.count + missing, connection)
            try await connection.send(bytes)
            #expect(try await connection.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 102 "))
            connection.finishSending()
            let words = try await connection.readResponse().text.split(separator: " ").map(String.init)
            #expect(words.first == Digest(of: bytes).hex)
            #expect(words.contains("connectionClosed") == (missing > 0))
            #expect(words.last != "0")
        }
    }

    @Test func `a reader that leaves in the middle leaves nothing for the next request`() async throws {
        try await serve { connection in
            // The rest is small enough to be drained.
            let bytes = content(60_000)
            var claimed = 0
            for _ in 0..<10 {
                try await Self.begin("/first", bytes.count, connection)
                try await connection.send(bytes)
                claimed += try #require(Int(try await connection.readResponse().text))
            }
            #expect(claimed > 0, "nothing was taken from the socket")
            try await Self.begin("/read", bytes.count, connection)
            try await connection.send(bytes)
            #expect(try await connection.readResponse().text.hasPrefix(Digest(of: bytes).hex))
        }
    }

    @Test func `an interrupted body keeps what was claimed of it`() async throws {
        try await serve { connection in
            try await Self.begin("/interrupted", Self.size, connection)
            try await connection.send(Array(BodyReading.interrupted.prefix(60_000)))
            #expect(try await connection.readResponse().text == "interrupted")
        }
    }

    // MARK: - A server that says what it read

    private static func head(_ path: String, _ size: Int, _ fields: String = "") -> String {
        "POST \(path) HTTP/1.1\r\nHost: localhost\r\n\(fields)Content-Length: \(size)\r\n\r\n"
    }

    /// Sends a header, and waits until the body is read.
    private static func begin(_ path: String, _ size: Int, _ connection: RawConnection) async throws {
        try await connection.send(head(path, size, "Expect: 100-continue\r\n"))
        #expect(try await connection.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 100 "))
    }

    private func serve(_ body: @escaping @Sendable (RawConnection) async throws -> Void) async throws {
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        let metrics = ServerMetrics()
        let server = UploadServer(
            protocols: UploadProtocols([BodyReading()], metrics: metrics), authenticator: LocalAuthenticator(),
            metrics: metrics,
            configuration: UploadServerConfiguration(
                port: 0, limits: .patient, onListening: { _, port in listening.yield(port) }),
            logger: .silent)
        let group = ServiceGroup(configuration: .init(services: [.init(service: server)], logger: .silent))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            var iterator = ports.makeAsyncIterator()
            let port = try #require(await iterator.next())
            try await RawConnection.open(port: port, body)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }
}

/// Answers with the digest of a body, and the number of bytes that were taken from the socket.
private struct BodyReading: UploadProtocol {
    /// The beginning of the body that is interrupted.
    static let interrupted = content(100_000)

    let operations = ["read", "slow", "first", "interrupted"]

    var routes: [Route] {
        [
            Route(.post, "/read", Endpoint("read", access: .anyone) { try await read($0) }),
            Route(
                .post, "/slow",
                Endpoint("slow", access: .anyone) { request in
                    // With claimed bytes in the socket, until the end of the client's side is known.
                    let channel = try #require(request.channel as? ConnectionRequestChannel).channel
                    return try await read(request) {
                        await request.channel.sendInterim(HTTPResponse.Status(code: 102), [:])
                        try await eventually("the client has sent all") {
                            ConnectionRequestChannel.isClosedByPeer(channel)
                        }
                    }
                }),
            Route(
                .post, "/first",
                Endpoint("first", access: .anyone) { request in
                    var body = request.uploadBody.makeAsyncIterator()
                    return text("\(try await body.next()?.claimedBytes ?? 0)")
                }),
            Route(
                .post, "/interrupted",
                Endpoint("interrupted", access: .anyone) { request in
                    let channel = try #require(request.channel as? ConnectionRequestChannel)
                    var body = request.uploadBody.makeAsyncIterator()
                    var bytes: [UInt8] = []
                    do {
                        while let next = try await body.next() {
                            if next.claimedBytes > 0 {
                                channel.interruptBody()
                                try await channel.channel.eventLoop.submit {}.get()
                            }
                            try next.forEachPiece(alignedTo: 0) { bytes += $0 }
                        }
                    } catch BodyError.interrupted {
                        return text(
                            bytes == Array(Self.interrupted.prefix(bytes.count)) ? "interrupted" : "other bytes")
                    }
                    return text("complete")
                }),
        ]
    }

    private func read(
        _ request: AuthenticatedRequest, beforeClaimed wait: () async throws -> Void = {}
    ) async throws -> Response {
        let hash = RunningHash()
        var claimed = 0
        var failure = ""
        do {
            for try await bytes in request.uploadBody {
                if claimed == 0, bytes.claimedBytes > 0 { try await wait() }
                claimed += bytes.claimedBytes
                try bytes.forEachPiece(alignedTo: 0) { hash.update($0) }
            }
        } catch let error as BodyError {
            failure = " \(error)"
        }
        return text("\(hash.digest.hex)\(failure) \(claimed)")
    }

    private func text(_ text: String) -> Response {
        Response(
            status: .ok, headers: [.contentLength: "\(text.utf8.count)"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    func response(to failure: RequestFailure, at endpoint: Endpoint) -> Response {
        .bodiless(failure.status, failure.fields)
    }
}
