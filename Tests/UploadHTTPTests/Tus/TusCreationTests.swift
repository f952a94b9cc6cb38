import Testing
import UploadCore
import UploadHTTP

/// The extensions creation, creation-with-upload and creation-defer-length.
@Suite struct TusCreationTests {
    @Test func `a creation is 201 with the URL of the upload`() async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let answer = try await client.request("POST", "/files", ["Upload-Length": "100", "Content-Length": "0"])
            #expect(answer.status == 201)
            let location = try #require(answer["Location"])
            #expect(location.hasPrefix("http://wharf.localhost/files/"))
            #expect(location.count == "http://wharf.localhost/files/".count + 32)
            #expect(answer.offset == 0)
            #expect(try await client.head(try #require(answer.upload)).offset == 0)
        }
    }

    @Test func `neither length nor deferral, or both, is 400`() async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            for fields in [
                [:], ["Upload-Length": "1", "Upload-Defer-Length": "1"], ["Upload-Defer-Length": "2"],
                ["Upload-Length": "-1"], ["Upload-Length": "x"],
            ] {
                let answer = try await client.request("POST", "/files", fields)
                #expect(answer.status == 400)
                #expect(answer["Content-Type"] == "application/problem+json")
                #expect(answer.body.contains("\"code\":\"invalid_argument\""))
            }
            #expect(try await server.sessionCount() == 0)
        }
    }

    @Test(arguments: ["1001", "18446744073709551616"])
    func `a length past the maximum is 413`(_ length: String) async throws {
        var limits = Limits()
        limits.uploadBytesMax = 1000
        try await LiveServer.run(ServerSettings(limits: limits)) { server in
            let client = TusClient(server)
            #expect(try await client.request("OPTIONS", "/files")["Tus-Max-Size"] == "1000")
            #expect(try await client.request("POST", "/files", ["Upload-Length": length]).status == 413)
            let upload = try await client.create(length: nil)
            #expect(try await client.patch(upload, at: 0, pattern(1001)).status == 413)
            #expect(try await client.patch(upload, at: 0, [1], ["Upload-Length": length]).status == 413)
        }
    }

    @Test(arguments: [[:], ["Upload-Metadata": "filename ZW1wdHk="], ["Upload-Concat": "partial"]])
    func `an empty file is complete with its creation`(_ fields: [String: String]) async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let upload = try await client.create(length: 0, fields)
            let answer = try await client.head(upload)
            #expect(answer.offset == 0)
            #expect(answer["Upload-Length"] == "0")
            if fields["Upload-Concat"] == nil { #expect(try await server.bytes(upload) == []) }
        }
    }

    // MARK: Upload-Metadata

    @Test(arguments: [
        "filename d29ybGRfZG9taW5hdGlvbl9wbGFuLnBkZg==,is_confidential", "a ,b", "filename 5pel5pys6KqeLnR4dA==",
        "a YQ, b Yg==,empty ", "nonutf8 /w==",
    ])
    func `HEAD returns Upload-Metadata as the client specified it`(_ metadata: String) async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let upload = try await client.create(length: 5, ["Upload-Metadata": metadata])
            // White space at the end of a field is none of its value (RFC 9110 §5.5).
            let sent = metadata.hasSuffix(" ") ? String(metadata.dropLast()) : metadata
            #expect(try await client.head(upload)["Upload-Metadata"] == sent)
            _ = try await client.patch(upload, at: 0, pattern(5))
            #expect(try await client.head(upload)["Upload-Metadata"] == sent)
        }
    }

    @Test func `an empty field is no metadata`() async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let bytes = try await RawConnection.open(port: server.port) { connection in
                try await connection.send(
                    "POST /files HTTP/1.1\r\nHost: localhost\r\nTus-Resumable: 1.0.0\r\nUpload-Length: 3\r\nupload-metadata: \r\n"
                        + "Connection: close\r\n\r\n")
                return await connection.readToEnd()
            }
            let answer = try TusAnswer(bytes, sourceLocation: #_sourceLocation)
            #expect(answer.status == 201)
            let upload = try #require(answer.upload)
            #expect(try await client.head(upload)["Upload-Metadata"] == nil)
        }
    }

    @Test(arguments: ["a YQ==,a Yg==", "a YQ== b", "a b*", "a,,b"])
    func `metadata against the grammar, and keys that are not unique, are 400`(_ metadata: String) async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let answer = try await client.request(
                "POST", "/files", ["Upload-Length": "5", "Upload-Metadata": metadata])
            #expect(answer.status == 400)
            #expect(try await server.sessionCount() == 0)
        }
    }

    @Test func `name and type become those of the blob, and a name is never a path`() async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let metadata = "filename \("../../etc/passwd".base64),filetype \("image/png".base64)"
            let upload = try await client.create(length: 5, ["Upload-Metadata": metadata])
            _ = try await client.patch(upload, at: 0, pattern(5))
            let answer = try await client.request("GET", upload, ["Tus-Resumable": ""])
            #expect(answer.status == 200)
            #expect(answer["Content-Type"] == "image/png")
            #expect(answer["Content-Disposition"]?.contains("/") == false)
        }
    }

    // MARK: creation-with-upload

    @Test(arguments: [5, 65_536, 300_000], [false, true])
    func `bytes of a creation count, and the response has Upload-Offset`(
        _ length: Int, _ isChunked: Bool
    ) async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let body = pattern(length)
            var fields = ["Upload-Length": String(length), "Content-Type": TusClient.patchType]
            if isChunked { fields["Transfer-Encoding"] = "chunked" }
            let answer = try await client.request("POST", "/files", fields, body: isChunked ? chunked(body) : body)
            #expect(answer.status == 201)
            #expect(answer.offset == length)
            let upload = try #require(answer.upload)
            #expect(try await server.bytes(upload) == body)
        }
    }

    @Test func `a creation may carry a part of the bytes`() async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let body = pattern(100)
            for length in [100, nil] {
                var fields = ["Content-Type": TusClient.patchType]
                fields[length == nil ? "Upload-Defer-Length" : "Upload-Length"] = length.map { String($0) } ?? "1"
                let answer = try await client.request("POST", "/files", fields, body: Array(body[..<40]))
                #expect(answer.status == 201)
                #expect(answer.offset == 40)
                let upload = try #require(answer.upload)
                let last = try await client.patch(upload, at: 40, Array(body[40...]), ["Upload-Length": "100"])
                #expect(last.offset == 100)
                #expect(try await server.bytes(upload) == body)
            }
        }
    }

    @Test func `a creation with a truncated or too long body leaves nothing`() async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let fields = ["Upload-Length": "300000", "Content-Type": TusClient.patchType]
            let head = client.head("POST", "/files", fields.merging(["Content-Length": "300000"]) { $1 })
            try await RawConnection.open(port: server.port) { connection in
                try await connection.send(Array(head.utf8) + pattern(100_000))
                connection.finishSending()
                _ = await connection.readToEnd()
            }
            let tooMany = try await client.request(
                "POST", "/files", fields.merging(["Transfer-Encoding": "chunked"]) { $1 },
                body: chunked(pattern(300_001)))
            #expect(tooMany.status == 413)
            #expect(try await server.pendingCount() == 0, "nobody knows their URLs")
        }
    }

    @Test func `100 Continue is sent only once the request is known to be acceptable`() async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            for (fields, answer) in [
                (["Upload-Length": "5"], "HTTP/1.1 100"), (["Upload-Length": "4"], "HTTP/1.1 413"),
                (["Upload-Length": "5", "Upload-Metadata": "a b*"], "HTTP/1.1 400"),
                (["Upload-Length": "5", "Tus-Resumable": "2.0.0"], "HTTP/1.1 412"),
            ] {
                let more = [
                    "Expect": "100-continue", "Content-Length": "5", "Content-Type": TusClient.patchType,
                ]
                let head = client.head("POST", "/files", fields.merging(more) { $1 })
                let first = try await RawConnection.open(port: server.port) { connection in
                    try await connection.send(head)
                    return try await connection.read(until: "\r\n\r\n")
                }
                #expect(first.hasPrefix(answer), "\(first)")
            }
        }
    }

    // MARK: creation-defer-length

    @Test func `HEAD has Upload-Defer-Length until a PATCH declares the length, once`() async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let upload = try await client.create(length: nil)
            _ = try await client.patch(upload, at: 0, pattern(10))
            var status = try await client.head(upload)
            #expect(status["Upload-Defer-Length"] == "1")
            #expect(status["Upload-Length"] == nil)
            #expect(status.offset == 10)
            #expect(try await client.patch(upload, at: 10, [], ["Upload-Length": "9"]).status == 400)
            #expect(try await client.patch(upload, at: 10, pattern(5, from: 10), ["Upload-Length": "20"]).status == 204)
            #expect(try await client.patch(upload, at: 15, [], ["Upload-Length": "21"]).status == 400)
            status = try await client.head(upload)
            #expect(status["Upload-Defer-Length"] == nil)
            #expect(status["Upload-Length"] == "20")
            #expect(try await client.patch(upload, at: 15, pattern(5, from: 15), ["Upload-Length": "20"]).status == 204)
            #expect(try await server.bytes(upload) == pattern(20))
        }
    }

    @Test func `a length may be declared at the end, without bytes`() async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let upload = try await client.create(length: nil)
            _ = try await client.patch(upload, at: 0, pattern(10))
            let answer = try await client.patch(upload, at: 10, [], ["Upload-Length": "10"])
            #expect(answer.status == 204)
            #expect(answer.offset == 10)
            #expect(try await server.bytes(upload) == pattern(10))
        }
    }

    @Test func `an empty upload of unknown length is an upload`() async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let upload = try await client.create(length: nil)
            #expect(try await client.patch(upload, at: 0, [], ["Upload-Length": "0"]).status == 204)
            #expect(try await server.bytes(upload) == [])
        }
    }

    // MARK: Repeated creations

    @Test func `a repeated creation with a key finds the upload and its offset`() async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let fields = [
                "Upload-Length": "100000", "Idempotency-Key": "\"one\"", "Content-Type": TusClient.patchType,
            ]
            let first = try await client.request("POST", "/files", fields, body: pattern(40_000))
            let again = try await client.request("POST", "/files", fields, body: pattern(40_000))
            #expect(again.status == 201)
            #expect(again["Location"] == first["Location"])
            #expect(again.offset == 40_000)
            let other = fields.merging(["Upload-Length": "100001"]) { $1 }
            #expect(try await client.request("POST", "/files", other).status == 409)
            #expect(try await server.sessionCount() == 1)
        }
    }
}
