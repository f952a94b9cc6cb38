import NativeWire
import Testing
import UploadCore

/// `Expect: 100-continue` (RFC 9110 §10.1.1): the body is asked for once the request is known to be acceptable.
@Suite(.timeLimit(.minutes(5))) struct ContinueTests {
    private func header(_ method: String, _ target: String, length: Int, version: String = "1.1") -> String {
        "\(method) \(target) HTTP/\(version)\r\nHost: localhost\r\nExpect: 100-continue\r\n"
            + "Content-Length: \(length)\r\n\r\n"
    }

    @Test func `an acceptable request gets 100 Continue`() async throws {
        try await LiveServer.run { server in
            let api = APIClient(over: SocketTransport(port: server.port))
            let upload = try await api.begin(name: "a", length: 4, chunkSize: 4).id
            try await RawConnection.open(port: server.port) { connection in
                try await connection.send(header("PUT", "/v1/uploads/\(upload)/chunks/0", length: 4))
                #expect(try await connection.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 100 "))
                try await connection.send("abcd")
                #expect(try await connection.readResponse().status == 204)
                try await connection.send(header("POST", "/v1/uploads", length: 12))
                #expect(try await connection.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 100 "))
                try await connection.send(#"{"name":"b"}"#)
                #expect(try await connection.readResponse().status == 201)
            }
        }
    }

    @Test func `a refused request gets no 100 Continue`() async throws {
        var settings = ServerSettings()
        settings.limits.uploadBytesMax = 1_000_000
        try await LiveServer.runUnharmed(settings) { server in
            let api = APIClient(over: SocketTransport(port: server.port))
            let open = try await api.begin(name: "open", length: 4, chunkSize: 4).id
            let committed = try await api.putBlob("x".bytes).upload
            let aborted = try await api.begin(name: "aborted", length: 4, chunkSize: 4).id
            try await api.abort(aborted)
            let none = String(repeating: "0", count: 32)
            for (method, target, length, status) in [
                ("PUT", "/v1/uploads/\(none)/chunks/0", 4, 404), ("PUT", "/v1/uploads/\(committed)/chunks/0", 1, 409),
                ("PUT", "/v1/uploads/\(aborted)/chunks/0", 4, 410), ("PUT", "/v1/uploads/\(open)/chunks/0", 5, 422),
                ("PUT", "/v1/uploads/\(open)/chunks/1", 4, 400), ("POST", "/v1/blobs?name=a", 1_000_001, 413),
                ("POST", "/v1/blobs?capsule=\(none)", 4, 404), ("POST", "/v1/uploads", 1_000_000, 413),
                ("POST", "/nowhere", 4, 404), ("PUT", "/healthz", 4, 405),
            ] {
                try await RawConnection.open(port: server.port) { connection in
                    try await connection.send(header(method, target, length: length))
                    let response = try await connection.readResponse()
                    #expect(response.status == status, "\(method) \(target)")
                    #expect(response.interim == [], "\(method) \(target)")
                    #expect(response["Connection"] == "close", "\(method) \(target)")
                }
            }
        }
    }

    @Test func `a client of HTTP 1.0 gets no response that it does not support`() async throws {
        try await LiveServer.run { server in
            try await RawConnection.open(port: server.port) { connection in
                try await connection.send(header("POST", "/v1/uploads", length: 12, version: "1.0") + #"{"name":"b"}"#)
                let answer = String(decoding: await connection.readToEnd(), as: UTF8.self)
                #expect(answer.hasPrefix("HTTP/1.1 201 "), "\(answer)")
            }
        }
    }
}
