import Testing
import UploadCore
import UploadHTTP

/// The extensions concatenation and concatenation-unfinished.
@Suite struct TusConcatenationTests {
    private func final(_ parts: [String], prefix: String = "") -> [String: String] {
        ["Upload-Concat": "final;" + parts.map { prefix + $0 }.joined(separator: " "), "Content-Length": "0"]
    }

    @Test(arguments: ["", "http://127.0.0.1:8080", "https://up.example.org/behind/a/proxy"])
    func `a final upload is its parts in the order given, under absolute URLs and relative ones`(
        _ prefix: String
    ) async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let bodies = [pattern(70_000), pattern(7, from: 100), pattern(0)]
            var parts: [String] = []
            for body in bodies { parts.append(try await client.part(body)) }
            let order = [1, 0, 2, 1]
            let fields = final(order.map { parts[$0] }, prefix: prefix)
            let answer = try await client.request("POST", "/files", fields)
            #expect(answer.status == 201)
            let upload = try #require(answer.upload)
            let whole = order.flatMap { bodies[$0] }
            #expect(try await server.bytes(upload) == whole)
            let status = try await client.head(upload)
            #expect(status.offset == whole.count)
            #expect(status["Upload-Length"] == String(whole.count))
            #expect(status["Upload-Concat"] == fields["Upload-Concat"], "as it was received")
        }
    }

    @Test func `HEAD of a partial upload has Upload-Offset and Upload-Concat`() async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let part = try await client.create(length: 10, ["Upload-Concat": "partial"])
            for body in [pattern(4), pattern(6)] {
                let offset = try #require(try await client.head(part).offset)
                _ = try await client.patch(part, at: offset, body, ["Upload-Concat": "partial"])
            }
            let status = try await client.head(part)
            #expect(status["Upload-Concat"] == "partial")
            #expect(status.offset == 10)
            #expect(status["Upload-Length"] == "10")
            #expect(try await client.request("GET", part).status == 404, "a part is no file")
            #expect(try await server.blobCount() == 0)
        }
    }

    @Test func `PATCH against a final upload is 403, and modifies neither it nor its parts`() async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let parts = [
                try await client.part(pattern(5)), try await client.create(length: 5, ["Upload-Concat": "partial"]),
            ]
            for parts in [[parts[0]], parts] {
                let upload = try await client.create(length: nil, final(parts))
                for body in [[], pattern(5)] { #expect(try await client.patch(upload, at: 0, body).status == 403) }
            }
            #expect(try await client.head(parts[1]).offset == 0)
        }
    }

    @Test func `metadata are those of the final request, not of the parts`() async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let part = try await client.create(length: 5, ["Upload-Concat": "partial", "Upload-Metadata": "a YQ=="])
            _ = try await client.patch(part, at: 0, pattern(5))
            let plain = try await client.create(length: nil, final([part]))
            #expect(try await client.head(plain)["Upload-Metadata"] == nil)
            let named = try await client.create(
                length: nil, final([part]).merging(["Upload-Metadata": "filename Yg=="]) { $1 })
            #expect(try await client.head(named)["Upload-Metadata"] == "filename Yg==")
        }
    }

    @Test func `a final upload of unfinished parts has no offset until they are complete`() async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let done = try await client.part(pattern(5))
            let open = try await client.create(length: 7, ["Upload-Concat": "partial"])
            let unknown = try await client.create(length: nil, ["Upload-Concat": "partial"])
            let upload = try await client.create(length: nil, final([done, open]))
            let other = try await client.create(length: nil, final([done, unknown]))
            var status = try await client.head(upload)
            #expect(status.status == 200)
            #expect(status.offset == nil)
            #expect(status["Upload-Length"] == "12", "it can be calculated")
            #expect(try await client.head(other)["Upload-Length"] == nil)
            #expect(try await client.head(other)["Upload-Defer-Length"] == nil)
            #expect(try await client.request("GET", upload).status == 404)
            _ = try await client.patch(open, at: 0, pattern(7, from: 5))
            #expect(try await server.bytes(upload) == pattern(12), "with the last part it is assembled")
            status = try await client.head(upload)
            #expect(status.offset == 12)
        }
    }

    @Test func `a repeated request for a final upload returns the same upload`() async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let parts = [try await client.part(pattern(5)), try await client.part(pattern(5, from: 5))]
            let first = try await client.create(length: nil, final(parts))
            #expect(try await client.create(length: nil, final(parts)) == first)
            #expect(try await server.blobCount() == 1)
            #expect(try await client.create(length: nil, final(parts.reversed())) != first)
            #expect(try await client.request("DELETE", first).status == 204)
            #expect(try await client.create(length: nil, final(parts)) != first, "a new one, once the first has ended")
        }
    }

    @Test func `parts that are unknown, no parts or another's are refused`() async throws {
        try await LiveServer.run(ServerSettings(authenticator: NamedCallers())) { server in
            var anna = TusClient(server)
            anna.common["Authorization"] = "anna"
            var ben = TusClient(server)
            ben.common["Authorization"] = "ben"
            let part = try await anna.part(pattern(5))
            let whole = try await anna.create(length: 5)
            let unknown = "/files/00000000000070008000000000000000"
            for (client, parts, status) in [
                (anna, [part, unknown], 404), (anna, [part, whole], 400), (ben, [part], 404), (anna, ["/files/x"], 400),
                (anna, ["/files/../../\(part)/../x"], 400), (anna, [], 400),
            ] {
                #expect(try await client.request("POST", "/files", final(parts)).status == status)
            }
            #expect(
                try await anna.request("POST", "/files", final([part]).merging(["Upload-Length": "5"]) { $1 }).status
                    == 400)
            #expect(try await server.blobCount() == 0)
            _ = try await anna.create(length: nil, final([part]))
        }
    }

    @Test func `a final upload of a thousand parts is made at once`() async throws {
        var limits = Limits()
        limits.partRepeatsMax = 1000
        try await LiveServer.run(ServerSettings(limits: limits)) { server in
            let client = TusClient(server)
            let part = try await client.part(pattern(3))
            let prefix = "https://a-server-with-a-long-name.example.org/some/prefix"
            let fields = final(Array(repeating: part, count: 1000), prefix: prefix)
            let answer = try await client.request("POST", "/files", fields)
            #expect(answer.status == 201)
            let upload = try #require(answer.upload)
            let status = try await client.head(upload)
            #expect(status.offset == 3000)
            #expect(status["Upload-Concat"] == fields["Upload-Concat"])
        }
    }
}
