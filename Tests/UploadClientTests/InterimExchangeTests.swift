import HTTPTypes
import NIOCore
import NIOPosix
import Synchronization
import Testing
import UploadClient

/// The transport's requests whose interim responses are seen, against a server that says what it is told to.
@Suite(.timeLimit(.minutes(10))) struct InterimExchangeTests {
    private static let final = "HTTP/1.1 201 Created\r\nContent-Length: 2\r\nA: b\r\n\r\nok"
    private static let resumption = "HTTP/1.1 104 Upload Resumption Supported\r\nLocation: /u\r\n\r\n"

    @Test func `interim responses come first, then the body is sent`() async throws {
        let heard = Mutex<[String?]>([])
        let (response, received) = try await exchange([
            .afterHead(Self.resumption + "HTTP/1.1 100 Continue\r\n\r\n"), .afterBytes(100_000, Self.final),
        ]) { fields in heard.withLock { $0.append(fields[.location]) } }
        #expect(response.status.code == 201 && response.fields[HTTPField.Name("A")!] == "b")
        #expect(heard.withLock { $0 } == ["/u"])
        #expect(received.head.hasPrefix("POST /p/files HTTP/1.1\r\nHost: 127.0.0.1:"))
        #expect(
            received.head.contains("\r\nAuthorization: Bearer secret\r\n")
                && received.head.contains("\r\nExpect: 100-continue\r\n"))
    }

    @Test func `after a refusal no body is sent`() async throws {
        let (response, received) = try await exchange([
            .afterHead("HTTP/1.1 412 Precondition Failed\r\nContent-Length: 0\r\n\r\n")
        ])
        #expect(response.status.code == 412)
        #expect(received.isHeadComplete && received.bodyBytes == 0)
    }

    @Test func `a server that says nothing gets the body after a time`() async throws {
        let (response, _) = try await exchange([.afterBytes(100_000, Self.final)], expectation: .milliseconds(1))
        #expect(response.status.code == 201)
    }

    @Test func `a response in the middle of the body ends it`() async throws {
        let (response, received) = try await exchange(
            [
                .afterHead(Self.resumption),
                .afterBytes(1000, "HTTP/1.1 507 Insufficient Storage\r\nContent-Length: 0\r\n\r\n"),
            ],
            byteCount: 100_000_000)
        #expect(response.status.code == 507 && received.bodyBytes < 100_000_000)
    }

    /// A client that has heard a final response, or nonsense, may send nothing more.
    @Test(arguments: [
        (Self.resumption, 1000), ("", 1000), ("HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\nhalf", 0),
        ("nonsense\r\n\r\n", 0),
    ])
    func `a connection that ends without a whole response is broken`(said: String, bodyBytes: Int) async throws {
        let error = try await #require(throws: TransportError.self) {
            try await exchange([.afterHead(said), .afterBytes(bodyBytes, nil)], expectation: .milliseconds(1))
        }
        #expect(error.kind == .broken)
        #expect(error.reason != "it stopped responding")
    }

    @Test func `a silent server is given up`() async throws {
        let error = try await #require(throws: TransportError.self) {
            try await exchange([.afterHead(Self.resumption)], silence: .milliseconds(200))
        }
        #expect(error.kind == .broken && error.reason == "it stopped responding")
    }

    // MARK: -

    private enum Step: Sendable {
        case afterHead(String)
        /// Of the body; nil closes the connection.
        case afterBytes(Int, String?)
    }

    /// - Returns: The response, and what the server received.
    private func exchange(
        _ steps: [Step], byteCount: Int = 100_000, silence: TimeAmount = .seconds(50),
        expectation: TimeAmount = .seconds(50),
        onInterim: @escaping @Sendable (HTTPFields) async -> Void = { _ in }
    ) async throws -> (TransportResponse, Received) {
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .bind(host: "127.0.0.1", port: 0) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        let address = try ServerAddress("http://127.0.0.1:\(server.channel.localAddress?.port ?? 0)/p")
        return try await server.executeThenClose { connections in
            async let received = Self.serve(connections, steps)
            var timeouts = HTTPClientTransport.Timeouts()
            (timeouts.answer, timeouts.write, timeouts.expectation) = (silence, silence, expectation)
            let transport = HTTPClientTransport(address, token: "secret", timeouts: timeouts)
            let body = OneBlock(count: byteCount)
            var request = TransportRequest(.post, "/files", body: .stream(body, length: UInt64(byteCount)))
            request.onInterim = onInterim
            let outcome: Result<TransportResponse, any Error>
            do {
                outcome = .success(try await transport.send(request))
            } catch {
                outcome = .failure(error)
            }
            try await transport.shutdown()
            let seen = try await received
            return (try outcome.get(), seen)
        }
    }

    private struct Received: Sendable {
        var head = ""
        var bodyBytes = 0
        var isHeadComplete: Bool { head.hasSuffix("\r\n\r\n") }

        mutating func add(_ piece: ByteBuffer) {
            guard !isHeadComplete else { return bodyBytes += piece.readableBytes }
            let text = head + String(buffer: piece)
            let end = text.firstRange(of: "\r\n\r\n")?.upperBound ?? text.endIndex
            head = String(text[..<end])
            bodyBytes = text.utf8.distance(from: end, to: text.endIndex)
        }
    }

    /// Serves one connection.
    private static func serve(
        _ connections: NIOAsyncChannelInboundStream<NIOAsyncChannel<ByteBuffer, ByteBuffer>>, _ steps: [Step]
    ) async throws -> Received {
        for try await connection in connections {
            return try await connection.executeThenClose { inbound, outbound in
                var (received, rest) = (Received(), steps[...])
                do {
                    for try await piece in inbound {
                        received.add(piece)
                        while received.isHeadComplete, let step = rest.first {
                            switch step {
                            case .afterHead(let said): try await outbound.write(ByteBuffer(string: said))
                            case .afterBytes(let count, let said):
                                guard received.bodyBytes >= count else { break }
                                guard let said else { return received }
                                try await outbound.write(ByteBuffer(string: said))
                            }
                            if case .afterBytes(let count, _) = step, received.bodyBytes < count { break }
                            rest.removeFirst()
                        }
                    }
                } catch {
                    // The client has closed the connection.
                }
                return received
            }
        }
        return Received()
    }

    /// Letters in pieces.
    private struct OneBlock: AsyncSequence, Sendable {
        typealias Element = ByteBuffer
        typealias Failure = any Error
        let count: Int

        func makeAsyncIterator() -> Iterator { Iterator(rest: count) }

        struct Iterator: AsyncIteratorProtocol {
            var rest: Int

            mutating func next() async throws -> ByteBuffer? {
                guard rest > 0 else { return nil }
                let size = Swift.min(rest, 64 << 10)
                rest -= size
                return ByteBuffer(repeating: UInt8(ascii: "a"), count: size)
            }
        }
    }
}
