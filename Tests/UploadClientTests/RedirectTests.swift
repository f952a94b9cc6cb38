import HTTPTypes
import NIOCore
import Synchronization
import Testing
import UploadClient

/// Downloads that the server redirects to where the bytes are.
@Suite struct RedirectTests {
    private func download(
        _ server: AnsweringServer, followsRedirect: Bool = true
    ) async throws -> (status: Int, body: String) {
        let transport = HTTPClientTransport(try ServerAddress(server.address), token: "secret-token")
        var request = TransportRequest(.get, "/v1/blobs/a")
        request.followsRedirect = followsRedirect
        let response = try await transport.send(request)
        var body = ""
        for try await piece in response.body { body += String(buffer: piece) }
        try await transport.shutdown()
        return (response.status.code, body)
    }

    @Test func `a redirected download is read from the other server, without the token`() async throws {
        let bucket = try await AnsweringServer { _ in AnsweringServer.response("200 OK", "the bytes") }
        let place = bucket.address + "/photos/a?X-Amz-Signature=0"
        let server = try await AnsweringServer { _ in
            AnsweringServer.response("307 Temporary Redirect", "", "Location: \(place)")
        }
        #expect(try await download(server) == (200, "the bytes"))
        #expect(server.requests.count == 1 && server.requests[0].contains("secret-token"))
        #expect(bucket.requests.count == 1 && !bucket.requests[0].contains("secret-token"))
        #expect(bucket.requests[0].hasPrefix("GET /photos/a?X-Amz-Signature=0 "))
        // What else is answered so is no download.
        #expect(try await download(server, followsRedirect: false).status == 307)
        try await server.close()
        try await bucket.close()
    }

    @Test(arguments: ["refused", "away"]) func `bytes that the other server does not have come from this one`(
        _ failure: String
    ) async throws {
        let bucket = try await AnsweringServer { _ in AnsweringServer.response("403 Forbidden", "<Error/>") }
        let place = bucket.address + "/photos/a"
        if failure == "away" { try await bucket.close() }
        let requests = Mutex(0)
        let server = try await AnsweringServer { _ in
            requests.withLock {
                $0 += 1
                return $0
            } == 1
                ? AnsweringServer.response("307 Temporary Redirect", "", "Location: \(place)")
                : AnsweringServer.response("206 Partial Content", "the bytes", "Content-Range: bytes 0-8/9")
        }
        #expect(try await download(server) == (206, "the bytes"))
        #expect(server.requests.last?.lowercased().contains("range: bytes=0-\r\n") == true)
        try await server.close()
        if failure != "away" { try await bucket.close() }
    }
}
