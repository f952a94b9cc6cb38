import HTTPTypes
import HTTPWire
import NativeWire
import ResumableWire
import Testing
import UploadCore
import UploadHTTP

/// Offset retrieval, limits and cancellation, for every version.
@Suite(.timeLimit(.minutes(10))) struct ResumableStatusTests {
    private func run(
        _ version: InteropVersion, _ kind: TransportKind = .router,
        _ body: @escaping @Sendable (ResumableClient) async throws -> Void
    ) async throws {
        try await kind.run(ServerSettings()) { transport, _ in try await body(ResumableClient(transport, version)) }
    }

    @Test(arguments: InteropVersion.all)
    func `H1, H2, H3, H4, H5, H7, O4: HEAD and GET tell the state`(version: InteropVersion) async throws {
        try await run(version, .socket) { client in
            let upload = try await client.begin(content(10), length: 30)
            for method in ["HEAD", "GET"] {
                let response = try await client.send(client.request(method, upload))
                #expect(response.status == 204)
                #expect(client.state(in: response) == ResumableState(offset: 10, isComplete: false, length: 30))
                #expect(response["Cache-Control"] == "no-store")
                #expect(response["Upload-Draft-Interop-Version"] == "\(version.number)")
                let limit = try #require(response["Upload-Limit"])
                #expect(limit.contains(version.number == 6 ? "expires=604800" : "max-age=604800"))
            }
        }
    }

    @Test(arguments: InteropVersion.all)
    func `H8: an unknown upload is 404`(version: InteropVersion) async throws {
        try await run(version) { client in
            for path in ["/files/01a22ebb60a77b3fa91e01daad58debb", "/files/nothing", "/capsules/nothing/files/x"] {
                for method in ["HEAD", "GET", "DELETE"] {
                    let response = try await client.send(client.request(method, path))
                    #expect(response.status == 404)
                }
                let append = try await client.send(client.append(to: path, at: 0, isLast: true, [1]))
                #expect(append.status == 404)
            }
        }
    }

    @Test(arguments: InteropVersion.all)
    func `GET of a finished upload is its final response again`(version: InteropVersion) async throws {
        try await run(version, .socket) { client in
            let created = try await client.send(client.creation(isComplete: true, content(10)))
            let upload = String(try #require(created["Location"]).pathOfURL)
            let replayed = try await client.send(client.request("GET", upload))
            #expect(replayed.status == 201)
            #expect(replayed.body == created.body)
            #expect(replayed["Content-Location"] == created["Content-Location"])
            #expect(client.state(in: replayed) == ResumableState(offset: 10, isComplete: true, length: 10))
            let head = try await client.head(upload)
            #expect(head.status == 204)
            #expect(client.state(in: head) == ResumableState(offset: 10, isComplete: true, length: 10))
            #expect(try await client.content(of: upload) == content(10))
        }
    }

    @Test(arguments: InteropVersion.all)
    func `O1, O2, O3: old versions refuse HEAD and DELETE with fields of the state`(
        version: InteropVersion
    ) async throws {
        try await run(version) { client in
            let upload = try await client.begin(content(10))
            let expected = version.number <= 6 ? 400 : 204
            for field in ["Upload-Offset", version.completenessField.rawName, "Upload-Length"] {
                #expect(try await client.send(client.request("HEAD", upload, [(field, "?0")])).status == expected)
            }
            let cancelled = try await client.send(client.request("DELETE", upload, [("Upload-Offset", "10")]))
            #expect(cancelled.status == expected)
        }
    }

    @Test(arguments: InteropVersion.all)
    func `U1, U2, U3, U4, U5, U6: OPTIONS tells the limits of uploads`(version: InteropVersion) async throws {
        try await run(version, .socket) { client in
            let upload = try await client.begin(content(10))
            let limit = try #require(try await client.head(upload)["Upload-Limit"])
            for path in ["/files", "/files/", "/v1/blobs", upload] {
                let response = try await client.send(client.request("OPTIONS", path))
                #expect(response.status == 204)
                #expect(response["Upload-Limit"] == limit)
                #expect(response["Accept-Patch"]?.contains("application/partial-upload") == true)
            }
            for path in ["*", "/files", "/v1/blobs"] {
                let response = try await client.send(ClientRequest("OPTIONS", path))
                #expect(response.status == 204)
                #expect(response["Upload-Limit"].flatMap { UploadLimit($0) } == UploadLimit(limit))
            }
            let appended = try await client.send(client.append(to: upload, at: 10, isLast: false, content(10)))
            #expect(appended["Upload-Limit"] == limit)
        }
    }

    @Test func `U3: the server has limits as a whole over HTTP 2, too`() async throws {
        try await run(.latest, .http2) { client in
            let response = try await client.send(ClientRequest("OPTIONS", "*"))
            #expect(response.status == 204)
            #expect(response["Upload-Limit"]?.hasPrefix("max-size=") == true)
        }
    }

    @Test(arguments: InteropVersion.all)
    func `D1, O9: a cancelled upload is gone`(version: InteropVersion) async throws {
        try await run(version) { client in
            for isComplete in [false, true] {
                let created = try await client.send(client.creation(isComplete: isComplete, content(10)))
                let upload = String(try #require(created["Location"]).pathOfURL)
                #expect(try await client.send(client.request("DELETE", upload)).status == 204)
                #expect(try await client.head(upload).status == 404)
                #expect(try await client.send(client.append(to: upload, at: 10, isLast: true, [1])).status == 404)
                #expect(try await client.send(client.request("DELETE", upload)).status == 404)
            }
        }
    }

    @Test(arguments: [(3, 8), (5, 6), (6, 9), (8, 3), (9, 5)])
    func `M1: an upload goes on under another version`(first: Int, second: Int) async throws {
        try await run(.of(first)) { client in
            let upload = try await client.begin(content(10), length: 20)
            let other = ResumableClient(client.transport, .of(second))
            try await other.expect(upload, at: 10)
            #expect(
                try await other.send(other.append(to: upload, at: 10, isLast: true, content(10, seed: 2), length: 20))
                    .status == 201)
            #expect(try await other.content(of: upload) == content(10) + content(10, seed: 2))
        }
    }

    @Test func `an upload is of the protocol that a request names`() async throws {
        try await run(.of(8)) { client in
            let upload = try await client.begin(content(10), length: 10)
            let tus = try await client.send(ClientRequest("HEAD", upload, fields: [("Tus-Resumable", "1.0.0")]))
            #expect(tus.status == 200 && tus["Upload-Offset"] == "10" && tus["Upload-Complete"] == nil)
            // Neither that nor a browser completes what its client has not.
            #expect(try await client.send(ClientRequest("GET", upload)).status == 404)
            try await client.expect(upload, at: 10)
            let other = try await client.send(
                ClientRequest(
                    "POST", "/files", fields: [("Tus-Resumable", "1.0.0"), ("Upload-Length", "5")], body: []))
            try await client.expect(String(try #require(other["Location"]).pathOfURL), at: 0)
        }
    }

    @Test func `pages of admitted origins may send and read the fields, at the paths of tus only`() async throws {
        var tus = TusConfiguration()
        tus.crossOrigin = .origins(["https://app.example.org"])
        try await TransportKind.router.run(ServerSettings(tus: tus)) { transport, _ in
            let client = ResumableClient(transport, .of(6))
            let origin = ("Origin", "https://app.example.org")
            let preflight = try await client.send(
                ClientRequest("OPTIONS", "/files", fields: [origin, ("Access-Control-Request-Method", "POST")]))
            let permitted = try #require(preflight["Access-Control-Allow-Headers"])
            for name in ["Upload-Draft-Interop-Version", "Upload-Complete", "Upload-Offset", "Upload-Length"] {
                #expect(permitted.contains(name))
            }
            let created = try await client.send(client.creation(isComplete: false, [1], [origin]))
            #expect(created.status == 201)
            #expect(created["Access-Control-Allow-Origin"] == "https://app.example.org")
            let readable = try #require(created["Access-Control-Expose-Headers"])
            for name in ["Location", "Upload-Offset", "Upload-Complete", "Upload-Limit"] {
                #expect(readable.contains(name))
            }
            var native = client
            native.target = "/v1/blobs"
            let refused = try await native.send(native.creation(isComplete: true, [1], [origin]))
            #expect(refused.status == 403)
            #expect(refused["Access-Control-Allow-Origin"] == nil)
        }
    }

    @Test func `P1: other callers see nothing of an upload, and need a token for their own`() async throws {
        let settings = ServerSettings(authenticator: try TestCallers.authenticator())
        try await TransportKind.router.run(settings) { transport, _ in
            let client = ResumableClient(transport, .of(8))
            let anna = TestCallers.authorization(of: "anna")
            let upload = try await client.begin(content(10), [anna])
            #expect(try await client.send(client.request("HEAD", upload, [anna])).status == 204)
            for (caller, status) in [([TestCallers.authorization(of: "ben")], 404), ([], 401)] {
                for method in ["HEAD", "GET", "DELETE"] {
                    #expect(try await client.send(client.request(method, upload, caller)).status == status)
                }
                let append = client.append(to: upload, at: 10, isLast: true, [1], caller)
                #expect(try await client.send(append).status == status)
            }
            #expect(try await client.send(client.creation(isComplete: true, [1])).status == 401)
        }
    }
}
