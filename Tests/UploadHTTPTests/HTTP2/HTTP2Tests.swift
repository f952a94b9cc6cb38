import Dispatch
import DurableFiles
import HTTPTestKit
import HTTPTypes
import NIOCore
import NIOHTTP2
import NIOHTTPTypes
import NIOHTTPTypesHTTP2
import NativeWire
import Testing
import UploadHTTP

/// Requests as streams of one connection (RFC 9113).
@Suite(.timeLimit(.minutes(5))) struct HTTP2Tests {
    private func settings() throws -> ServerSettings {
        var settings = ServerSettings()
        settings.tls = try ServerTLS(.init(TestCertificates.server, TestCertificates.serverKey))
        return settings
    }

    private func open<Value: Sendable>(
        _ server: LiveServer, configuration: NIOHTTP2Handler.Configuration = HTTP2Client.permissive,
        _ body: (HTTP2Client) async throws -> Value
    ) async throws -> Value {
        try await HTTP2Client.open(port: server.port, tls: .trusting(), configuration: configuration, body)
    }

    private func health(_ client: HTTP2Client) async throws -> Int {
        try await client.exchange(ClientRequest("GET", "/healthz")).status
    }

    private func expectHealth(
        _ client: HTTP2Client, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let status = try await health(client)
        #expect(status == 200, sourceLocation: sourceLocation)
    }

    /// The code with which the server resets a stream instead of answering; nil if it does not.
    private func reset(_ inbound: NIOAsyncChannelInboundStream<HTTPResponsePart>) async -> NIOHTTP2.HTTP2ErrorCode? {
        do {
            _ = try await HTTP2Client.response(inbound)
            return nil
        } catch {
            return (error as? NIOHTTP2Errors.StreamClosed)?.errorCode
        }
    }

    private func chunkHead(_ upload: String, _ index: Int, length: Int) -> HTTPRequest {
        ClientRequest(
            "PUT", "/v1/uploads/\(upload)/chunks/\(index)", fields: [("Content-Length", "\(length)")]
        ).head
    }

    @Test func `an upload of parallel chunks and parallel downloads share a connection`() async throws {
        try await LiveServer.run(try settings()) { server in
            let bytes = content(4_000_000)
            let api = APIClient(over: server.socket)
            let upload = try await api.begin(name: "a", length: bytes.count, chunkSize: 250_000).id
            try await open(server) { client in
                try await withThrowingTaskGroup(of: Int.self) { group in
                    for (index, chunk) in bytes.chunked(by: 250_000).enumerated() {
                        let path = "/v1/uploads/\(upload)/chunks/\(index)"
                        group.addTask { try await client.exchange(ClientRequest("PUT", path, body: chunk)).status }
                    }
                    for try await status in group { #expect(status == 204) }
                }
                #expect(try await api.finish(upload, expecting: bytes).size == UInt64(bytes.count))
                try await withThrowingTaskGroup(of: [UInt8].self) { group in
                    for _ in 0..<4 {
                        group.addTask { try await client.exchange(ClientRequest("GET", "/v1/blobs/\(upload)")).body }
                    }
                    for try await body in group { #expect(body == bytes) }
                }
                #expect(server.connectionCount == 1)
            }
        }
    }

    @Test func `a client may wait for 100 Continue`() async throws {
        try await LiveServer.run(try settings()) { server in
            let api = APIClient(over: server.socket)
            let upload = try await api.begin(name: "a", length: 1000, chunkSize: 1000).id
            try await open(server) { client in
                try await client.openStream().executeThenClose { inbound, outbound in
                    var head = chunkHead(upload, 0, length: 1000)
                    head.headerFields[.expect] = "100-continue"
                    try await outbound.write(.head(head))
                    var parts = inbound.makeAsyncIterator()
                    guard case .head(let interim)? = try await parts.next() else {
                        Issue.record("there is no interim response")
                        return
                    }
                    #expect(interim.status == .continue)
                    try await outbound.write(.body(ByteBuffer(bytes: content(1000))))
                    try await outbound.write(.end(nil))
                    guard case .head(let final)? = try await parts.next() else {
                        Issue.record("there is no response")
                        return
                    }
                    #expect(final.status == .noContent)
                }
            }
        }
    }

    @Test func `a refusal comes before the body, and the connection goes on`() async throws {
        try await LiveServer.runUnharmed(try settings()) { server in
            try await open(server) { client in
                let path = "/v1/uploads/00000000000000000000000000000000/chunks/0"
                let refused = try await client.exchange(ClientRequest("PUT", path, body: content(4_000_000)))
                #expect(refused.status == 404)
                #expect(refused["Connection"] == nil)
                try await expectHealth(client)
            }
        }
    }

    @Test(arguments: [900, 1100])
    func `a body that contradicts its length is an error of the protocol`(sent: Int) async throws {
        try await LiveServer.runUnharmed(try settings()) { server in
            let api = APIClient(over: server.socket)
            let upload = try await api.begin(name: "a", length: 1000, chunkSize: 1000).id
            try await open(server) { client in
                try await client.openStream().executeThenClose { inbound, outbound in
                    try await outbound.write(.head(chunkHead(upload, 0, length: 1000)))
                    try? await outbound.write(.body(ByteBuffer(bytes: content(sent))))
                    try? await outbound.write(.end(nil))
                    #expect(await reset(inbound) == .protocolError)
                }
            }
            #expect(try await api.status(of: upload).receivedBytes == 0)
        }
    }

    @Test func `a body waits in the window of its stream while the store is slow, and others pass`() async throws {
        var settings = try settings()
        settings.http.http2WindowBytes = 128 << 10
        try await LiveServer.run(settings) { server in
            let bytes = content(4_000_000)
            let api = APIClient(over: server.socket)
            let upload = try await api.begin(name: "a", length: bytes.count, chunkSize: bytes.count).id
            let release = DispatchSemaphore(value: 0)
            for _ in 0..<TestStore.threadCount { server.store.pool.submit { release.wait() } }
            try await open(server) { client in
                let stream = try await client.openStream()
                let channel = stream.channel
                try await stream.executeThenClose { inbound, outbound in
                    try await outbound.write(.head(chunkHead(upload, 0, length: bytes.count)))
                    // Each piece is taken once the server permits it; the writer itself would collect them.
                    let taken = ByteCount()
                    async let sent: Void = {
                        for piece in bytes.chunked(by: 16 << 10) {
                            try await channel.writeAndFlush(HTTPRequestPart.body(ByteBuffer(bytes: piece)))
                            taken.add(piece.count)
                        }
                        try await outbound.write(.end(nil))
                    }()
                    try await eventually("the window is full") { taken.value >= 128 << 10 }
                    for _ in 0..<20 { try await expectHealth(client) }
                    // Two buffers are with the reader, and a client buffers some writes.
                    #expect(taken.value < 1 << 20)
                    for _ in 0..<TestStore.threadCount { release.signal() }
                    try await sent
                    #expect(try await HTTP2Client.response(inbound).status == 204)
                }
            }
            #expect(try await api.finish(upload, expecting: bytes).size == UInt64(bytes.count))
        }
    }

    @Test func `a stalled body is cut off, and the other streams go on`() async throws {
        var settings = try settings()
        settings.http.bodyIdleTimeoutMilliseconds = 3000
        try await LiveServer.runUnharmed(settings) { server in
            let upload = try await APIClient(over: server.socket).begin(name: "a", length: 1000, chunkSize: 1000).id
            try await open(server) { client in
                try await client.openStream().executeThenClose { inbound, outbound in
                    try await outbound.write(.head(chunkHead(upload, 0, length: 1000)))
                    try await outbound.write(.body(ByteBuffer(bytes: content(10))))
                    await #expect(throws: (any Error).self) { _ = try await HTTP2Client.response(inbound) }
                }
                try await expectHealth(client)
            }
        }
    }

    @Test func `a response that is not taken is cut off, and the other streams go on`() async throws {
        var settings = try settings()
        settings.http.responseIdleTimeoutMilliseconds = 3000
        try await LiveServer.runUnharmed(settings) { server in
            let blob = try await APIClient(over: server.socket).putBlob(content(4_000_000)).blob
            try await open(server) { client in
                let stream = try await client.openStream()
                let end = stream.channel.closeFuture
                try? await stream.executeThenClose { inbound, outbound in
                    try await outbound.write(.head(ClientRequest("GET", "/v1/blobs/\(blob)").head))
                    try await outbound.write(.end(nil))
                    _ = try? await end.get()
                    try await expectHealth(client)
                }
            }
        }
    }

    @Test func `streams above the limit of all connections are refused, and can be repeated`() async throws {
        var settings = try settings()
        settings.http.connectionsMax = 16
        settings.http.http2StreamsMax = 32
        try await LiveServer.runUnharmed(settings) { server in
            let api = APIClient(over: RouterTransport(server.store, ServerSettings()))
            let upload = try await api.begin(name: "a", length: 32_000, chunkSize: 1000).id
            try await open(server) { client in
                try await begin(0, client, upload)
            }
        }
    }

    /// Begins a chunk, and the next ones while its stream is open; the seventeenth is refused.
    private func begin(_ chunk: Int, _ client: HTTP2Client, _ upload: String) async throws {
        try await client.openStream().executeThenClose { inbound, outbound in
            var head = chunkHead(upload, chunk, length: 1000)
            head.headerFields[.expect] = "100-continue"
            try await outbound.write(.head(head))
            if chunk == 16 {
                #expect(await reset(inbound) == .refusedStream)
            } else {
                var parts = inbound.makeAsyncIterator()
                #expect(try await parts.next() != nil)
                try await begin(chunk + 1, client, upload)
            }
        }
    }

    @Test func `streams that are opened and reset at once end the connection, and no other`() async throws {
        try await LiveServer.runUnharmed(try settings()) { server in
            try await open(server) { other in
                try await expectHealth(other)
                try await open(server) { client in
                    let closed = client.channel.closeFuture
                    let isClosed = Flag()
                    closed.whenComplete { _ in isClosed.set() }
                    for _ in 0..<5000 where !isClosed.value {
                        guard let stream = try? await client.openStream() else { break }
                        try? await stream.executeThenClose { _, outbound in
                            try await outbound.write(.head(ClientRequest("GET", "/healthz").head))
                            try await outbound.write(.end(nil))
                        }
                    }
                    try await closed.get()
                }
                try await expectHealth(other)
            }
        }
    }

    // MARK: - The end of connections

    @Test func `an idle connection is closed after its keep-alive time`() async throws {
        var settings = try settings()
        settings.http.keepAliveTimeoutMilliseconds = 2000
        try await LiveServer.runUnharmed(settings) { server in
            try await open(server) { client in
                try await expectHealth(client)
                try await client.channel.closeFuture.get()
            }
        }
    }

    @Test func `an idle connection makes room`() async throws {
        var settings = try settings()
        settings.http.connectionsMax = 2
        try await LiveServer.run(settings) { server in
            try await open(server) { first in
                try await expectHealth(first)
                try await open(server) { second in
                    try await expectHealth(second)
                    try await first.channel.closeFuture.get()
                }
            }
        }
    }

    @Test func `a shutdown ends idle connections, and answers a body in progress`() async throws {
        var settings = try settings()
        settings.graceMilliseconds = 600_000
        settings.http.shutdownBodyMilliseconds = 100
        try await LiveServer.run(settings) { server in
            let api = APIClient(over: server.socket)
            let upload = try await api.begin(name: "a", length: 100_000, chunkSize: 100_000).id
            try await open(server) { idle in
                try await expectHealth(idle)
                try await open(server) { client in
                    try await client.openStream().executeThenClose { inbound, outbound in
                        var head = chunkHead(upload, 0, length: 100_000)
                        head.headerFields[.expect] = "100-continue"
                        try await outbound.write(.head(head))
                        var parts = inbound.makeAsyncIterator()
                        _ = try await parts.next()
                        try await outbound.write(.body(ByteBuffer(bytes: content(1000))))
                        await server.stop()
                        try await idle.channel.closeFuture.get()
                        guard case .head(let response)? = try await parts.next() else {
                            Issue.record("there is no response")
                            return
                        }
                        #expect(response.status == .serviceUnavailable)
                    }
                    try await client.channel.closeFuture.get()
                }
            }
        }
    }
}
