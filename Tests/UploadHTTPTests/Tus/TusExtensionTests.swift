import Testing
import UploadCore
import UploadHTTP
import UploadMemories

/// The extensions expiration, checksum, checksum-trailer and termination.
@Suite struct TusExtensionTests {
    // MARK: Expiration

    @Test func `responses to POST and PATCH have the expiry of an unfinished upload as an HTTP date`() async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let created = try await client.request("POST", "/files", ["Upload-Length": "10"])
            let upload = try #require(created.upload)
            let patched = try await client.patch(upload, at: 0, pattern(5))
            for answer in [created, patched, try await client.head(upload)] {
                let expires = try #require(answer["Upload-Expires"])
                #expect(expires.hasSuffix(" GMT") && expires.count == 29, "\(expires)")
            }
            let last = try await client.patch(upload, at: 5, pattern(5))
            #expect(last["Upload-Expires"] == nil, "a finished one does not")
            let part = try await client.part(pattern(5))
            #expect(try await client.head(part)["Upload-Expires"] != nil, "a part does, finished or not")
        }
    }

    @Test func `an upload that expired is 404`() async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let upload = try await client.create(length: 10)
            try await server.expireAll()
            let head = try await client.head(upload)
            #expect(head.status == 404)
            #expect(head.offset == nil)
            #expect(try await client.patch(upload, at: 0, [1]).status == 404)
            #expect(try await client.request("GET", upload).status == 404)
            #expect(try await client.request("DELETE", upload).status == 404)
        }
    }

    // MARK: Checksum

    static let hello = Array("hello world".utf8)
    static let checksums = [
        "sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=", "md5 XrY7u+Ae7tCTyyK7j1rNww==",
        "sha256 uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek=", "crc32 DUoRhQ==", "crc32c yZRlqg==",
        "sha512 MJ7MSJwS1utMxA9QyQLytNDtd+5RGnx6m808qG1M2G+YndNbxf9JlnDaNCVbRbDP2DDoH2Bdz33FVC6TrpzXbw==",
    ]

    @Test(arguments: checksums, [11, 200_000])
    func `a chunk whose checksum matches counts`(_ checksum: String, _ length: Int) async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let upload = try await client.create(length: length)
            let answer = try await client.patch(upload, at: 0, Self.hello, ["Upload-Checksum": checksum])
            #expect(answer.status == 204)
            #expect(answer.offset == 11)
        }
    }

    @Test(arguments: checksums)
    func `a chunk whose checksum does not match is 460, discarded, and the offset stays`(
        _ checksum: String
    ) async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let upload = try await client.create(length: 200_011)
            _ = try await client.patch(upload, at: 0, pattern(200_000))
            for _ in 1...2 {
                let answer = try await client.patch(
                    upload, at: 200_000, Array("hello worlds".utf8.dropLast(2)), ["Upload-Checksum": checksum])
                #expect(answer.status == 460)
                #expect(try await client.head(upload).offset == 200_000)
            }
            _ = try await client.patch(upload, at: 200_000, Self.hello, ["Upload-Checksum": checksum])
            #expect(try await server.bytes(upload) == pattern(200_000) + Self.hello)
        }
    }

    @Test(arguments: ["sha3 AAAA", "SHA1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=", "sha1", "sha1 AAAA", "sha1 *"])
    func `an unsupported algorithm is 400, and nothing counts`(_ checksum: String) async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let upload = try await client.create(length: 11)
            #expect(try await client.patch(upload, at: 0, Self.hello, ["Upload-Checksum": checksum]).status == 400)
            #expect(try await client.head(upload).offset == 0)
        }
    }

    @Test(arguments: checksums)
    func `a checksum may follow the body as a trailer`(_ checksum: String) async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let upload = try await client.create(length: 11)
            func patch(_ body: [UInt8], trailer: String) async throws -> Int {
                try await client.patch(
                    upload, at: 0, chunked(body, trailer: trailer),
                    ["Transfer-Encoding": "chunked", "Trailer": "Upload-Checksum"]
                ).status
            }
            let trailer = "Upload-Checksum: \(checksum)\r\n"
            #expect(try await patch(Array("hello worlt".utf8), trailer: trailer) == 460)
            #expect(try await patch(Self.hello, trailer: "") == 400, "it was announced")
            #expect(try await client.head(upload).offset == 0)
            #expect(try await patch(Self.hello, trailer: trailer) == 204)
            #expect(try await server.bytes(upload) == Self.hello)
        }
    }

    @Test func `a truncated body with a checksum does not count at all`() async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let upload = try await client.create(length: 200_000)
            let head = client.head(
                "PATCH", upload,
                [
                    "Upload-Offset": "0", "Content-Type": TusClient.patchType, "Content-Length": "200000",
                    "Upload-Checksum": Self.checksums[0],
                ])
            try await RawConnection.open(port: server.port) { connection in
                try await connection.send(Array(head.utf8) + pattern(150_000))
                connection.finishSending()
                _ = await connection.readToEnd()
            }
            #expect(try await client.head(upload).offset == 0)
        }
    }

    @Test(arguments: [11, 100_000])
    func `a creation's bytes can have a checksum, and without a match nothing is created`(_ length: Int) async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let fields = [
                "Upload-Length": String(length), "Content-Type": TusClient.patchType,
                "Upload-Checksum": Self.checksums[0],
            ]
            #expect(try await client.request("POST", "/files", fields, body: Array("hello worlt".utf8)).status == 460)
            #expect(try await server.blobCount() == 0)
            let answer = try await client.request("POST", "/files", fields, body: Self.hello)
            #expect(answer.status == 201)
            #expect(answer.offset == 11)
        }
    }

    // MARK: Termination

    @Test(arguments: [0, 5, 10])
    func `DELETE is 204 for an existing upload, finished or not, and then 404`(
        _ received: Int
    ) async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let upload = try await client.create(length: 10)
            _ = try await client.patch(upload, at: 0, pattern(received))
            #expect(try await client.request("DELETE", upload).status == 204)
            #expect(try await client.head(upload).status == 404)
            #expect(try await client.patch(upload, at: received, [1]).status == 404)
            #expect(try await client.request("GET", upload).status == 404)
            #expect(try await client.request("DELETE", upload).status == 404)
            #expect(try await server.blobCount() == 0)
        }
    }

    @Test func `DELETE of an upload that a memory uses is 409, and its bytes stay`() async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let upload = try await client.create(length: 10)
            _ = try await client.patch(upload, at: 0, pattern(10))
            let blob = try #require(upload.split(separator: "/").last)
            let body = #"{"assets":[{"kind":"original","blob":"\#(blob)"}]}"#
            let native = SocketTransport(port: server.port)
            let memory = try await native.send(
                ClientRequest("POST", "/v1/capsules/default/memories", body: Array(body.utf8)))
            #expect(memory.status == 201)
            let refused = try await client.request("DELETE", upload)
            #expect(refused.status == 409)
            let kept = try await client.request("GET", upload)
            #expect(kept.status == 200)
        }
    }
}
