import NativeWire
import Testing
import UploadHTTP

/// Headers that are too much, and targets that are up to something.
@Suite(.timeLimit(.minutes(5))) struct HeaderTests {
    /// The first line of the answer to some bytes; nil if the connection ends without one.
    private func answer(to bytes: [UInt8], from server: LiveServer) async throws -> Substring? {
        try await RawConnection.open(port: server.port) { connection in
            try? await connection.send(bytes)
            connection.finishSending()
            return String(decoding: await connection.readToEnd(), as: UTF8.self).split(separator: "\r\n").first
        }
    }

    @Test func `a header past a limit is refused, one within is not`() async throws {
        var settings = ServerSettings()
        settings.http.headerFieldBytesMax = 1000
        settings.http.headerBytesMax = 5000
        settings.http.headerFieldsMax = 20
        try await LiveServer.runUnharmed(settings) { server in
            func fields(_ count: Int, _ size: Int) -> String {
                (0..<count).map { "X-\($0): \(String(repeating: "x", count: size))\r\n" }.joined()
            }
            for (fields, status) in [
                (fields(18, 200), 200), (fields(1, 900), 200), (fields(1, 1001), 431), (fields(100, 1), 431),
                (fields(15, 500), 431), ("\(String(repeating: "n", count: 1001)): x\r\n", 431),
            ] {
                let first = try await answer(
                    to: "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\(fields)\r\n".bytes, from: server)
                #expect(first?.hasPrefix("HTTP/1.1 \(status) ") == true, "\(first ?? "nothing") is not \(status)")
            }
        }
    }

    @Test func `every invalid target is refused`() async throws {
        try await LiveServer.runUnharmed { server in
            let id = try await APIClient(over: SocketTransport(port: server.port)).putBlob("x".bytes).blob
            let long = String(repeating: "a", count: 20_000)
            for target in [
                "/v1/blobs/..", "/v1/blobs/../\(id)/../../healthzz", "/v1/blobs/%2e%2e%2f\(id)", "/v1/blobs/\(id)%00",
                "/v1/blobs/\(id)\0", "/v1/blobs/\(id)/", "/v1/blobs//\(id)/chunks", "/v1/blobs/\(id.uppercased())x",
                "\\v1\\blobs\\\(id)", "/v1/blobs/zoë", "/v1/blobs/%zz", "/v1/blobs/\(long)", "/\(long)?\(long)",
                "/v1/uploads/%00", "/v1/uploads/-1", "/v1/capsules/'; DROP TABLE capsules;--", "*", "healthz",
                "http://", "http://[::1/healthzz", "/v1/capsules?cursor=%00", "/v1/capsules?limit=%30x",
                "/v1/uploads?capsule=%ff%fe", "/v1/sessions?state=%00", "/%", "/v1/blobs/\(id)/chunks/%30%30x",
                "/v1/blobs/\(id)/chunks/99999999999999999999", "/v1/blobs/\(id)/chunks/-0",
                "/v1/blobs/\(id)/chunks/+0",
            ] {
                let first = try await answer(
                    to: "GET \(target) HTTP/1.1\r\nHost: localhost\r\n\r\n".bytes, from: server)
                let shown = "\(target.prefix(60)): \(first ?? "nothing")"
                #expect(first?.hasPrefix("HTTP/1.1 4") == true, "\(shown)")
            }
        }
    }

    @Test func `a target has a limit too`() async throws {
        try await LiveServer.runUnharmed { server in
            for size in [150_000, 4_000_000] {
                let target = "/healthz?" + String(repeating: "a", count: size)
                let first = try await answer(
                    to: "GET \(target) HTTP/1.1\r\nHost: localhost\r\n\r\n".bytes, from: server)
                #expect(first?.hasPrefix("HTTP/1.1 431 ") == true, "\(size): \(first ?? "nothing")")
            }
        }
    }

    @Test func `anything but HTTP is refused`() async throws {
        try await LiveServer.runUnharmed { server in
            for text in [
                "\r\n\r\n", "GET\r\n\r\n", "GET /healthz\r\n\r\n", "BREW /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "GET /healthz HTTP/3.7\r\nHost: localhost\r\n\r\n", "GET /healthz HTTP/1.1\r\nHost a\r\n\r\n",
                "GET /healthz HTTP/1.1\r\n Host: localhost\r\n\r\n",
                "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX\0: b\r\n\r\n",
                "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX : b\r\n\r\n",
                "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n",
                "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\u{16}\u{03}\u{01}\u{02}\0", "GET /healthz HTTP/1.1\r\nHost: a",
            ] {
                let first = try await answer(to: text.bytes, from: server)
                #expect(first?.hasPrefix("HTTP/1.1 4") ?? true, "\(text): \(first ?? "nothing")")
            }
        }
    }
}
