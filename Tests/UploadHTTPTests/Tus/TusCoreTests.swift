import Testing

/// The sentences of the protocol's core, each as a test.
@Suite struct TusCoreTests {
    // MARK: Tus-Resumable

    @Test func `Tus-Resumable is included in every response, refusals too`() async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let upload = try await client.create(length: 5)
            let answers = [
                try await client.request("OPTIONS", "/files"), try await client.head(upload),
                try await client.patch(upload, at: 3, [1]), try await client.patch(upload, at: 0, [1]),
                try await client.request("PUT", "/files"), try await client.request("DELETE", upload),
                try await client.head(upload),
            ]
            #expect(answers.map(\.status) == [204, 200, 409, 204, 405, 204, 404])
            #expect(answers.allSatisfy { $0["Tus-Resumable"] == "1.0.0" })
        }
    }

    @Test(arguments: ["", "0.2.2", "1.0.1"])
    func `an unsupported version is 412 with Tus-Version, and the request is not processed`(
        _ version: String
    ) async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let upload = try await client.create(length: 5)
            let fields = ["Tus-Resumable": version]
            var answers = [
                try await client.patch(upload, at: 0, [1, 2], fields),
                try await client.request("DELETE", upload, fields),
                try await client.request("POST", "/files", fields.merging(["Upload-Length": "3"]) { $1 }),
            ]
            if !version.isEmpty { answers.append(try await client.request("HEAD", upload, fields)) }
            for answer in answers {
                #expect(answer.status == 412)
                #expect(answer["Tus-Version"] == "1.0.0")
            }
            #expect(try await client.head(upload).offset == 0)
            #expect(try await server.sessionCount() == 1)
        }
    }

    // MARK: OPTIONS

    @Test func `OPTIONS has the capabilities, and ignores Tus-Resumable`() async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            for version in ["", "0.1"] {
                let answer = try await client.request("OPTIONS", "/files", ["Tus-Resumable": version])
                #expect(answer.status == 204)
                #expect(answer["Tus-Version"] == "1.0.0")
                #expect(answer["Tus-Max-Size"] == "5497558138880")
                #expect(answer["Tus-Checksum-Algorithm"] == "sha256,sha1,sha512,crc32c,crc32,md5")
                #expect(
                    answer["Tus-Extension"]
                        == "creation,creation-with-upload,creation-defer-length,expiration,checksum,checksum-trailer,"
                        + "termination,concatenation,concatenation-unfinished")
            }
        }
    }

    // MARK: X-HTTP-Method-Override

    @Test(arguments: ["POST", "GET", "PUT", "HEAD"])
    func `X-HTTP-Method-Override counts, and the actual method is ignored`(_ method: String) async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let upload = try await client.create(length: 5)
            let fields = [
                "X-HTTP-Method-Override": "PATCH", "Upload-Offset": "0", "Content-Type": TusClient.patchType,
            ]
            let patched = try await client.request(method, upload, fields, body: pattern(5))
            #expect(patched.status == 204)
            #expect(patched.offset == 5)
            let status = try await client.request(method, upload, ["X-HTTP-Method-Override": "HEAD"])
            #expect(status.status == 200)
            #expect(status.offset == 5)
            #expect(status["Content-Length"] == (method == "HEAD" ? "5" : "0"))
            let read = try await client.request("POST", upload, ["X-HTTP-Method-Override": "GET"])
            #expect(Array(read.body.utf8) == Array(String(decoding: pattern(5), as: UTF8.self).utf8))
            let deleted = try await client.request(method, upload, ["X-HTTP-Method-Override": "DELETE"])
            #expect(deleted.status == 204)
        }
    }

    // MARK: HEAD

    @Test func `HEAD always has Upload-Offset, and Upload-Length if it is known`() async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let upload = try await client.create(length: 5)
            var answer = try await client.head(upload)
            #expect(answer.offset == 0)
            #expect(answer["Upload-Length"] == "5")
            #expect(answer["Upload-Defer-Length"] == nil)
            _ = try await client.patch(upload, at: 0, pattern(5))
            answer = try await client.head(upload)
            #expect(answer.offset == 5)
            #expect(answer["Upload-Length"] == "5")
        }
    }

    @Test func `HEAD prevents caching`() async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let answer = try await client.head(try await client.create(length: 5))
            #expect(answer["Cache-Control"] == "no-store")
        }
    }

    @Test(arguments: ["/files/00000000000070008000000000000000", "/files/..%2f..%2fetc", "/files/a"])
    func `an unknown upload is 404 without an offset`(_ path: String) async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let head = try await client.head(path)
            #expect(head.status == 404)
            #expect(head.offset == nil)
            #expect(try await client.patch(path, at: 0, [1]).status == 404)
            #expect(try await client.request("DELETE", path).status == 404)
            #expect(try await client.request("GET", path).status == 404)
        }
    }

    // MARK: PATCH

    @Test func `PATCH is 204 with the new offset`() async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let body = pattern(200_000)
            let upload = try await client.create(length: body.count)
            var offset = 0
            for size in [1, 65_536, 70_000, 64_463] {
                let answer = try await client.patch(upload, at: offset, Array(body[offset..<offset + size]))
                offset += size
                #expect(answer.status == 204)
                #expect(answer.offset == offset)
            }
            let read = try await server.bytes(upload)
            #expect(read == body)
        }
    }

    @Test func `an offset that does not match is 409, and the upload is not modified`() async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let upload = try await client.create(length: nil)
            _ = try await client.patch(upload, at: 0, pattern(10))
            for offset in [0, 9, 11] {
                let answer = try await client.patch(upload, at: offset, pattern(5), ["Upload-Length": "20"])
                #expect(answer.status == 409)
                #expect(answer.offset == 10, "the answer says from where to go on")
            }
            let status = try await client.head(upload)
            #expect(status.offset == 10)
            #expect(status["Upload-Defer-Length"] == "1", "the length was not declared either")
        }
    }

    @Test(arguments: ["", "application/octet-stream", "application/offset+octet-streams"])
    func `another content type is 415`(_ type: String) async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let upload = try await client.create(length: 5)
            #expect(try await client.patch(upload, at: 0, [1], ["Content-Type": type]).status == 415)
            let created = try await client.request(
                "POST", "/files", ["Upload-Length": "5", "Content-Type": type], body: [1])
            #expect(created.status == 415)
            #expect(try await client.head(upload).offset == 0)
        }
    }

    @Test(arguments: ["", "-1", "+0", "0x0", "a", "0, 0", " "])
    func `an offset is a non-negative integer`(_ offset: String) async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let upload = try await client.create(length: 5)
            #expect(try await client.patch(upload, at: 0, [1], ["Upload-Offset": offset]).status == 400)
        }
    }

    @Test func `a finished upload takes the last request again, and no more bytes`() async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let upload = try await client.create(length: 5)
            _ = try await client.patch(upload, at: 0, pattern(5))
            let again = try await client.patch(upload, at: 5, [])
            #expect(again.status == 204)
            #expect(again.offset == 5)
            let empty = try await client.patch(
                upload, at: 5, chunked([]), ["Transfer-Encoding": "chunked"])
            #expect(empty.status == 204)
            #expect(try await client.patch(upload, at: 5, [1]).status == 413)
            #expect(
                try await client.patch(upload, at: 5, chunked([1]), ["Transfer-Encoding": "chunked"]).status == 413)
            #expect(try await client.patch(upload, at: 0, pattern(5)).status == 409)
        }
    }

    @Test(arguments: [false, true])
    func `bytes past the end are refused`(_ isChunked: Bool) async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            for length in [5, 100_000] {
                let upload = try await client.create(length: length)
                let body = pattern(length + 1)
                let answer =
                    isChunked
                    ? try await client.patch(upload, at: 0, chunked(body), ["Transfer-Encoding": "chunked"])
                    : try await client.patch(upload, at: 0, body)
                #expect(answer.status == 413)
                #expect(try #require(try await client.head(upload).offset) <= length)
            }
        }
    }

    @Test func `the received bytes of a truncated body are kept`() async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let body = pattern(300_000)
            let upload = try await client.create(length: body.count)
            let head = client.head(
                "PATCH", upload,
                [
                    "Upload-Offset": "0", "Content-Type": TusClient.patchType, "Content-Length": String(body.count),
                ])
            try await RawConnection.open(port: server.port) { connection in
                try await connection.send(Array(head.utf8) + body.prefix(123_456))
                connection.finishSending()
                _ = await connection.readToEnd()
            }
            let offset = try #require(try await client.head(upload).offset)
            #expect(offset == 123_456)
            _ = try await client.patch(upload, at: offset, Array(body[offset...]))
            #expect(try await server.bytes(upload) == body)
        }
    }
}
