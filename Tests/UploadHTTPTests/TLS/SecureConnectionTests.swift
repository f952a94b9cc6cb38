import HTTPTestKit
import NIOSSL
import NativeWire
import Testing
import UploadHTTP

/// HTTP/1.1 over TLS.
@Suite(.timeLimit(.minutes(10))) struct SecureConnectionTests {
    private func settings(authorities: String? = nil) throws -> ServerSettings {
        var settings = ServerSettings()
        settings.tls = try ServerTLS(
            .init(TestCertificates.server, TestCertificates.serverKey, authorities))
        return settings
    }

    private func health(_ connection: RawConnection) async throws -> Int {
        try await connection.exchange(ClientRequest("GET", "/healthz")).status
    }

    private func expectHealth(
        _ client: RawConnection, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let status = try await health(client)
        #expect(status == 200, sourceLocation: sourceLocation)
    }

    private func health(_ server: LiveServer, as client: TLSClient) async throws -> Int {
        try await RawConnection.open(port: server.port, tls: client) { try await health($0) }
    }

    @Test func `requests, uploads and downloads pass, one after the other`() async throws {
        try await LiveServer.run(try settings()) { server in
            let bytes = content(3_000_000)
            try await server.open { connection in
                try await expectHealth(connection)
                let put = try await connection.exchange(ClientRequest("POST", "/v1/blobs?name=a", body: bytes))
                #expect(put.status == 201)
                let blob = try #require(put.json?["blob"]?.text)
                let whole = try await connection.exchange(ClientRequest("GET", "/v1/blobs/\(blob)"))
                #expect(whole.body == bytes)
                let part = try await connection.exchange(
                    ClientRequest("GET", "/v1/blobs/\(blob)", fields: [("Range", "bytes=1000-1999")]))
                #expect(part.body == Array(bytes[1000..<2000]))
                #expect(server.connectionCount == 1)
            }
        }
    }

    @Test func `URLs of uploads have the scheme of the connection`() async throws {
        try await LiveServer.run(try settings()) { server in
            let created = try await server.open { connection in
                try await connection.exchange(
                    ClientRequest(
                        "POST", "/files", fields: [("Tus-Resumable", "1.0.0"), ("Upload-Length", "10")]))
            }
            #expect(created["Location"]?.hasPrefix("https://") == true)
        }
    }

    @Test func `an early response reaches a client that goes on sending`() async throws {
        try await LiveServer.runUnharmed(try settings()) { server in
            try await server.open { connection in
                try await connection.send(
                    "PUT /v1/uploads/00000000000000000000000000000000/chunks/0 HTTP/1.1\r\nHost: localhost\r\n"
                        + "Content-Length: 4000000\r\n\r\n")
                for _ in 0..<10 { try? await connection.send(content(100_000)) }
                let response = try await connection.readResponse()
                #expect(response.status == 404)
                #expect(response["Connection"] == "close")
            }
        }
    }

    @Test func `a body that is cut off without the end of TLS is not complete`() async throws {
        try await LiveServer.runUnharmed(try settings()) { server in
            try await server.open { connection in
                try await connection.send(
                    "POST /v1/blobs?name=cut HTTP/1.1\r\nHost: localhost\r\nContent-Length: 200000\r\n\r\n")
                try await connection.send(content(100_000))
                try await connection.reset()
            }
        }
    }

    @Test func `plain HTTP, noise and old versions end the connection`() async throws {
        var settings = try settings()
        settings.http.headerTimeoutMilliseconds = 60_000
        try await LiveServer.runUnharmed(settings) { server in
            for text in ["GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", "\u{16}\u{3}\u{1}", "SSH-2.0-x\r\n"] {
                try await RawConnection.open(port: server.port) { connection in
                    try await connection.send(text)
                    let answer = String(decoding: await connection.readToEnd(), as: UTF8.self)
                    #expect(!answer.contains("HTTP/1.1"))
                }
            }
            var old = TLSClient.trusting()
            old.configuration.minimumTLSVersion = .tlsv1
            old.configuration.maximumTLSVersion = .tlsv11
            let isRefused = await refuses(server, old)
            #expect(isRefused)
        }
    }

    @Test(arguments: [TLSVersion.tlsv12, .tlsv13])
    func `current versions are accepted`(version: TLSVersion) async throws {
        try await LiveServer.run(try settings()) { server in
            var client = TLSClient.trusting()
            client.configuration.minimumTLSVersion = version
            client.configuration.maximumTLSVersion = version
            let status = try await health(server, as: client)
            #expect(status == 200)
        }
    }

    @Test func `a silent client is closed`() async throws {
        var settings = try settings()
        settings.http.headerTimeoutMilliseconds = 200
        try await LiveServer.run(settings) { server in
            try await RawConnection.open(port: server.port) { #expect(await $0.readToEnd() == []) }
        }
    }

    @Test func `a certificate that was replaced is used by new connections, and open ones go on`() async throws {
        let settings = try settings()
        let tls = try #require(settings.tls)
        try await LiveServer.run(settings) { server in
            try await server.open { open in
                try await expectHealth(open)
                try tls.replace(with: .init(TestCertificates.other, TestCertificates.otherKey))
                try await expectHealth(open)
                #expect(await refuses(server, .trusting()))
                let other = TLSClient.trusting(TestCertificates.other)
                let status = try await health(server, as: other)
                #expect(status == 200)
            }
        }
    }

    @Test func `with authorities only their clients get in`() async throws {
        try await LiveServer.run(try settings(authorities: TestCertificates.authority)) { server in
            let known = TLSClient.trusting(certificate: TestCertificates.client)
            let status = try await health(server, as: known)
            #expect(status == 200)
            #expect(await refuses(server, .trusting()))
            #expect(await refuses(server, .trusting(certificate: TestCertificates.stranger)))
        }
    }

    @Test func `an idle connection ends at the shutdown`() async throws {
        var settings = try settings()
        settings.graceMilliseconds = 600_000
        try await LiveServer.run(settings) { server in
            try await server.open { connection in
                let status = try await health(connection)
                #expect(status == 200)
                await server.stop()
                #expect(await connection.readToEnd() == [])
            }
        }
    }

    /// Whether a client gets no answer.
    private func refuses(_ server: LiveServer, _ client: TLSClient) async -> Bool {
        do {
            _ = try await health(server, as: client)
            return false
        } catch {
            return true
        }
    }
}
