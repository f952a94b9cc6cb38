import HTTPTestKit
import Testing
import UploadCore
import UploadHTTP

/// What clients of other servers send, and what they need to go on.
@Suite struct TusToleranceTests {
    private static let chunkedBody = ["Transfer-Encoding": "chunked"]

    // MARK: Bodies

    @Test func `a chunked body without bytes is no body`() async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let (part, other) = (try await client.part(pattern(5)), try await client.part(pattern(5, from: 5)))
            for fields in [
                ["Upload-Length": "10"], ["Upload-Length": "10", "Content-Type": "text/plain"],
                ["Upload-Concat": "final;\(part) \(other)"],
            ] {
                let fields = fields.merging(Self.chunkedBody) { $1 }
                let created = try await client.request("POST", "/files", fields, body: chunked([]))
                #expect(created.status == 201, "\(created)")
                let refused = try await client.request("POST", "/files", fields, body: chunked([1]))
                #expect(refused.status == (fields["Upload-Concat"] == nil ? 415 : 400))
            }
        }
    }

    @Test(arguments: [5, 100_000])
    func `a body that runs past the length keeps what came before the end`(_ length: Int) async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let body = pattern(length + 1)
            let upload = try await client.create(length: length)
            let answer = try await client.patch(upload, at: 0, chunked(body), Self.chunkedBody)
            #expect(answer.status == 413)
            #expect(try await client.head(upload).offset == length)
            #expect(try await server.bytes(upload) == Array(body.dropLast()))
        }
    }

    @Test func `a checksum in a trailer that was not announced is refused, and its bytes do not count`() async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let trailer = "Upload-Checksum: sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=\r\n"
            let body = chunked(Array("hello world".utf8), trailer: trailer)
            for length in [11, 100_000] {
                let upload = try await client.create(length: length)
                let answer = try await client.patch(upload, at: 0, body, Self.chunkedBody)
                #expect(answer.status == 400)
                #expect(answer.body.contains("Trailer: Upload-Checksum"))
                #expect(try await client.head(upload).offset == 0)
                let fields = ["Upload-Length": String(length), "Content-Type": TusClient.patchType]
                let created = try await client.request(
                    "POST", "/files", fields.merging(Self.chunkedBody) { $1 }, body: body)
                #expect(created.status == 400)
            }
            #expect(try await server.blobCount() == 0)
        }
    }

    // MARK: Endings

    @Test(arguments: TusConfiguration.EndedStatus.allCases)
    func `an upload that has ended is 404, or 410 by configuration`(
        _ status: TusConfiguration.EndedStatus
    ) async throws {
        var tus = TusConfiguration()
        tus.endedStatus = status
        try await LiveServer.run(ServerSettings(tus: tus)) { server in
            let client = TusClient(server)
            let (deleted, expired) = (try await client.create(length: 5), try await client.create(length: 5))
            #expect(try await client.request("DELETE", deleted).status == 204)
            try await server.expireAll()
            for upload in [deleted, expired] {
                for method in ["HEAD", "GET", "DELETE"] {
                    #expect(try await String(client.request(method, upload).status) == status.rawValue)
                }
                let patch = try await client.patch(upload, at: 0, [1])
                #expect(String(patch.status) == status.rawValue)
                #expect(patch.body.contains(#""code":"gone""#))
                #expect(patch["Upload-Expires"] == nil)
            }
        }
    }

    @Test func `a client whose upload has ended starts anew`() async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let file = pattern(1000)
            let ended = try await client.create(length: file.count)
            #expect(try await client.request("DELETE", ended).status == 204)
            let again = try await client.upload(
                ModelTusClient(endpoint: "/files", size: file.count, storedURL: ended), file)
            #expect(again.end == .succeeded)
            #expect(again.requests.map(\.method) == ["HEAD", "POST", "PATCH"])
            #expect(try await server.bytes(String(try #require(again.client.url).pathOfURL)) == file)
        }
    }

    @Test func `every PATCH of an upload that may expire says when`() async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let upload = try await client.create(length: 5)
            let wrong = ["Upload-Checksum": "sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0="]
            for (answer, status) in [
                (try await client.patch(upload, at: 0, [1]), 204), (try await client.patch(upload, at: 0, [1]), 409),
                (try await client.patch(upload, at: 1, [1], wrong), 460),
                (try await client.patch(upload, at: 1, pattern(6)), 413),
                (try await client.patch(upload, at: 1, [1], ["Upload-Length": "6"]), 400),
            ] {
                #expect(answer.status == status)
                let expires = try await client.head(upload)["Upload-Expires"]
                #expect(answer["Upload-Expires"] == expires && expires != nil)
            }
        }
    }

    // MARK: Uppy

    @Test func `Uppy uploads files in parallel parts and joins them`() async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let metadata =
                "relativePath \("null".base64),name \("kiss.jpg".base64),type \("image/jpeg".base64),"
                + "filetype \("image/jpeg".base64),filename \("kiss.jpg".base64),capsule \("our wedding".base64),"
                + "derive \("large".base64)"
            try await withThrowingTaskGroup(of: Void.self) { files in
                for number in 0..<3 {
                    files.addTask {
                        let file = pattern(600_001, from: number)
                        var urls = [String](repeating: "", count: 6)
                        try await withThrowingTaskGroup(of: (Int, String).self) { parts in
                            for (index, range) in ModelTusClient.parts(ofSize: file.count, count: 6).enumerated() {
                                parts.addTask {
                                    var part = ModelTusClient(endpoint: "/files", size: range.count)
                                    part.fields = ["Upload-Concat": "partial"]
                                    let upload = try await client.upload(part, Array(file[range]))
                                    #expect(upload.end == .succeeded)
                                    return (index, try #require(upload.client.url))
                                }
                            }
                            for try await (index, url) in parts { urls[index] = url }
                        }
                        let answer = try await client.request(
                            "POST", "/files", ModelTusClient.final(urls, metadata: metadata))
                        let final = try #require(answer.upload)
                        #expect(try await server.bytes(final) == file)
                        let head = try await client.head(final)
                        #expect(head["Upload-Metadata"] == metadata)
                        #expect(try await client.request("GET", final)["Content-Type"] == "image/jpeg")
                    }
                }
                try await files.waitForAll()
            }
        }
    }

    @Test(arguments: ["/", "?token=1", "/?token=1", "#x"])
    func `URLs of parts may have something after the id`(_ suffix: String) async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let parts = [
                try await client.part(pattern(5)) + suffix, try await client.part(pattern(5, from: 5)) + suffix,
            ]
            let concat = "final;" + parts.joined(separator: " ")
            let final = try await client.create(length: nil, ["Upload-Concat": concat])
            #expect(try await client.head(final)["Upload-Concat"] == concat)
            #expect(try await server.bytes(final) == pattern(10))
        }
    }
}
