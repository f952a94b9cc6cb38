import Testing
import UploadHTTP

/// `/metrics` as a client sees it.
@Suite struct ExposureTests {
    private func answer(from settings: ServerSettings) async throws -> String {
        try await LiveServer.run(settings) { server in
            try await RawConnection.open(port: server.port) { connection in
                try await connection.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                return String(decoding: await connection.readToEnd(), as: UTF8.self)
            }
        }
    }

    @Test func `metrics are served in the exposition format`() async throws {
        let answer = try await answer(from: ServerSettings())
        #expect(answer.hasPrefix("HTTP/1.1 200 "))
        #expect(answer.lowercased().contains("content-type: \(PrometheusMetrics.contentType)"))
        #expect(answer.contains("wharf_requests_in_flight 1\n"))
    }

    @Test func `their path is not found if they are disabled`() async throws {
        #expect(try await answer(from: ServerSettings(exposesMetrics: false)).hasPrefix("HTTP/1.1 404 "))
    }
}
