import HTTPTypes
import NativeWire
import ResumableWire
import Testing
import UploadCore
import UploadHTTP

/// Upload creation, for every version. The tests are named by the ids of the checklist that they prove.
@Suite(.timeLimit(.minutes(10))) struct ResumableCreationTests {
    private static let bytes = content(70_000)

    private func run(
        _ version: InteropVersion, _ settings: ServerSettings = ServerSettings(),
        _ body: @escaping @Sendable (ResumableClient, LiveServer) async throws -> Void
    ) async throws {
        try await LiveServer.run(settings) { try await body(ResumableClient($0.socket, version), $0) }
    }

    @Test(arguments: InteropVersion.all)
    func `C1, C2, C3, C9, V3: a whole upload gets a location first, and its document at the end`(
        version: InteropVersion
    ) async throws {
        try await run(version) { client, _ in
            for target in ["/files", "/v1/blobs?name=a.bin"] {
                var client = client
                client.target = target
                let response = try await client.send(
                    client.creation(isComplete: true, Self.bytes, length: Self.bytes.count))
                let first = try #require(response.resumptions.first)
                #expect(first["Upload-Draft-Interop-Version"] == "\(version.number)")
                #expect(first["Location"] == response["Location"])
                #expect(first["Location"]?.hasPrefix("http://localhost/files/") == true)
                #expect(first["Upload-Limit"].flatMap { UploadLimit($0) }?.maxSize == Limits().uploadBytesMax)
                #expect(response.status == 201)
                let state = ResumableState(offset: 70_000, isComplete: true, length: nil)
                #expect(client.state(in: response) == state)
                #expect(response["Upload-Draft-Interop-Version"] == "\(version.number)")
                let document = try response.document(FinishedDocument.self)
                #expect(document.size == 70_000)
                #expect(response["Content-Location"] == "/v1/blobs/\(document.blob)")
                let upload = String(try #require(response["Location"]).pathOfURL)
                #expect(try await client.content(of: upload) == Self.bytes)
            }
        }
    }

    @Test(arguments: InteropVersion.all)
    func `C1b: the location comes before any content was read`(version: InteropVersion) async throws {
        try await run(version) { client, server in
            try await server.open { connection in
                let request = client.creation(isComplete: true, Self.bytes)
                try await connection.send(request.header)
                let interim = try await connection.read(until: "\r\n\r\n")
                #expect(interim.hasPrefix("HTTP/1.1 104 "))
                try await connection.send(Self.bytes)
                #expect(try await connection.readResponse().status == 201)
            }
        }
    }

    @Test(arguments: InteropVersion.all)
    func `S1: a client that waits for 100 gets it after 104`(version: InteropVersion) async throws {
        try await run(version) { client, server in
            try await server.open { connection in
                let request = client.creation(isComplete: true, Self.bytes, [("Expect", "100-continue")])
                try await connection.send(request.header)
                #expect(try await connection.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 104 "))
                #expect(try await connection.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 100 "))
                try await connection.send(Self.bytes)
                #expect(try await connection.readResponse().status == 201)
            }
        }
    }

    @Test func `C1, C2, V3: over HTTP 2 the location comes in an interim header`() async throws {
        try await TransportKind.http2.run(ServerSettings()) { transport, _ in
            let client = ResumableClient(transport, .latest)
            let response = try await client.send(client.creation(isComplete: true, Self.bytes))
            #expect(response.interim.contains(104))
            #expect(response.resumptions.first?["Location"] == response["Location"])
            #expect(response["Location"]?.hasPrefix("https://localhost/files/") == true)
            #expect(response.status == 201)
        }
    }

    @Test(arguments: ["999", "2", "10", "\"9\"", "9.0", "-9", "9, 9"])
    func `V1, V2, V4: without a supported version there is no 104, and the upload succeeds`(text: String) async throws {
        try await LiveServer.run { server in
            for target in ["/files", "/v1/blobs"] {
                for version in [nil, ("Upload-Draft-Interop-Version", text)] {
                    let fields = [version, ("Upload-Complete", "?1")].compactMap(\.self)
                    let response = try await server.send(
                        ClientRequest("POST", target, fields: fields, body: Self.bytes))
                    #expect(response.interim == [])
                    #expect(response.status == 201)
                    let document = try response.document(FinishedDocument.self)
                    let blob = try await server.send(ClientRequest("GET", "/v1/blobs/\(document.blob)"))
                    #expect(blob.body == Self.bytes)
                }
            }
        }
    }

    @Test func `without the completeness field the routes are those of the other protocols`() async throws {
        try await LiveServer.run { server in
            let version = ("Upload-Draft-Interop-Version", "8")
            let blob = try await server.send(ClientRequest("POST", "/v1/blobs", fields: [version], body: Self.bytes))
            #expect(blob.status == 201 && blob.interim == [] && blob["Upload-Complete"] == nil)
            let tus = try await server.send(ClientRequest("POST", "/files", fields: [version], body: Self.bytes))
            #expect(tus.status == 412)
            let put = try await server.send(ClientRequest("PUT", "/v1/blobs", fields: [version], body: Self.bytes))
            #expect(put.status == 405)
        }
    }

    @Test(arguments: InteropVersion.all, ["1", "true", "?2", "?1, ?1", "\"?1\""])
    func `R5: a malformed completeness field makes no resumable upload`(
        version: InteropVersion, text: String
    ) async throws {
        try await run(version) { client, server in
            let fields = [
                ("Upload-Draft-Interop-Version", "\(version.number)"), (version.completenessField.rawName, text),
            ]
            for target in ["/files", "/v1/blobs"] {
                let response = try await server.send(ClientRequest("POST", target, fields: fields, body: Self.bytes))
                #expect(response.interim == [])
                #expect(response["Upload-Offset"] == nil && response["Upload-Complete"] == nil)
            }
        }
    }

    @Test(arguments: InteropVersion.all)
    func `C5, C6, C7, C8, C4b: an incomplete creation leaves an upload with its length`(
        version: InteropVersion
    ) async throws {
        try await run(version) { client, _ in
            let response = try await client.send(client.creation(isComplete: false, Self.bytes, length: 100_000))
            #expect(response.status == 201)
            #expect(client.state(in: response) == ResumableState(offset: 70_000, isComplete: false, length: nil))
            #expect(response["Upload-Limit"] != nil)
            let upload = String(try #require(response["Location"]).pathOfURL)
            let head = try await client.head(upload)
            #expect(client.state(in: head) == ResumableState(offset: 70_000, isComplete: false, length: 100_000))
        }
    }

    @Test(arguments: InteropVersion.all)
    func `C12, C13, R1: empty creations, complete and not`(version: InteropVersion) async throws {
        try await run(version) { client, _ in
            let first = try await client.begin()
            try await client.expect(first, at: 0)
            let complete = try await client.send(client.creation(isComplete: true, []))
            #expect(complete.status == 201)
            #expect(client.state(in: complete)?.isComplete == true)
            let second = String(try #require(complete["Location"]).pathOfURL)
            #expect(try await client.content(of: second) == [])
            #expect(try await client.send(client.request("DELETE", first)).status == 204)
            let third = try await client.begin()
            #expect(Set([first, second, third]).count == 3)
        }
    }

    @Test(arguments: InteropVersion.all)
    func `L1, U7, U8: lengths that contradict each other, and a length above the limit`(
        version: InteropVersion
    ) async throws {
        var settings = ServerSettings()
        settings.limits.uploadBytesMax = 80_000
        try await run(version, settings) { client, _ in
            let contradiction = try await client.send(client.creation(isComplete: true, Self.bytes, length: 70_001))
            #expect(contradiction.status == 400)
            #expect(contradiction.problemType == ResumableProblem.Kind.inconsistentLength.rawValue)
            for request in [
                client.creation(isComplete: true, content(80_001)), client.creation(isComplete: false, length: 80_001),
                client.creation(isComplete: false, content(80_001), framing: .chunked(pieceBytes: 10_000)),
            ] {
                let response = try await client.send(request)
                #expect(response.status == 413)
                #expect(response["Upload-Limit"]?.contains("max-size=80000") == true)
            }
        }
    }

    @Test(arguments: InteropVersion.all, ["-1", "70000.0", "\"70000\"", "+70000", "1000000000000000", "1, 2"])
    func `R8: a malformed length is ignored, and not recorded`(version: InteropVersion, text: String) async throws {
        try await run(version) { client, _ in
            let upload = try await client.begin([1, 2, 3], [("Upload-Length", text)])
            #expect(try await client.head(upload)["Upload-Length"] == nil)
        }
    }

    @Test(arguments: InteropVersion.all)
    func `C10, C11: a creation that is cut leaves the received bytes, incomplete`(
        version: InteropVersion
    ) async throws {
        try await run(version) { client, server in
            let location = try await server.open { connection in
                try await connection.send(client.creation(isComplete: true, Self.bytes).header)
                let interim = try await connection.read(until: "\r\n\r\n")
                try await connection.send(Array(Self.bytes[..<30_000]))
                connection.finishSending()
                _ = await connection.readToEnd()
                return try #require(interim.split(separator: "\r\n").first { $0.hasPrefix("Location: ") })
            }
            let upload = String(String(location.dropFirst("Location: ".count)).pathOfURL)
            try await client.expect(upload, at: 30_000)
            #expect(try await client.content(of: upload) == nil)
            let rest = client.append(
                to: upload, at: 30_000, isLast: true, Array(Self.bytes[30_000...]), length: 70_000)
            #expect(try await client.send(rest).status == 201)
            #expect(try await client.content(of: upload) == Self.bytes)
        }
    }

    @Test(arguments: InteropVersion.all)
    func `C16: a body in chunks counts without their framing`(version: InteropVersion) async throws {
        try await run(version) { client, _ in
            let response = try await client.send(
                client.creation(isComplete: true, Self.bytes, framing: .chunked(pieceBytes: 999)))
            #expect(client.state(in: response)?.offset == 70_000)
            #expect(try response.document(FinishedDocument.self).size == 70_000)
        }
    }

    @Test(arguments: InteropVersion.all)
    func `A23: content with the coding gzip counts as it is, and is a file of that format`(
        version: InteropVersion
    ) async throws {
        try await run(version) { client, _ in
            let response = try await client.send(
                client.creation(
                    isComplete: true, Self.bytes, [("Content-Encoding", "gzip"), ("Content-Type", "text/plain")]))
            #expect(client.state(in: response)?.offset == 70_000)
            #expect(try response.document(FinishedDocument.self).type == "application/gzip")
            let other = try await client.send(
                client.creation(isComplete: true, Self.bytes, [("Content-Encoding", "br")]))
            #expect(other.status == 415)
        }
    }

    @Test(arguments: [5, 6])
    func `an empty file of tus-js-client is complete`(number: Int) async throws {
        try await run(.of(number)) { client, _ in
            let response = try await client.send(client.creation(isComplete: false, [], length: 0))
            #expect(response.status == 201)
            let upload = String(try #require(response["Location"]).pathOfURL)
            #expect(try await client.content(of: upload) == [])
        }
    }

    @Test func `P4: names come from the query, the metadata of tus, or a disposition, and are no paths`() async throws {
        try await run(.of(8)) { client, _ in
            func name(_ target: String, _ fields: ResumableClient.Fields) async throws -> String {
                var client = client
                client.target = target
                return try await client.send(client.creation(isComplete: true, [1], fields))
                    .document(FinishedDocument.self).name
            }
            let disposition = (
                "Content-Disposition", "attachment; filename=\"a.txt\"; filename*=UTF-8''%E2%82%AC%20rates.txt"
            )
            let metadata = ("Upload-Metadata", "filename Yi50eHQ=,filetype dGV4dC9jc3Y=")
            #expect(try await name("/v1/blobs", [disposition]) == "€ rates.txt")
            #expect(try await name("/v1/blobs?name=q.txt", [disposition]) == "q.txt")
            #expect(try await name("/files", [disposition, metadata]) == "b.txt")
            #expect(try await name("/files", [("Content-Disposition", "inline; filename")]) == "")
            #expect(
                try await name("/files", [("Content-Disposition", "attachment; filename=\"../../etc/passwd\"")])
                    == "../../etc/passwd")
            let hostile = try await client.send(
                client.creation(isComplete: true, [1], [("Content-Disposition", "attachment; filename=\"../../x\"")]))
            let download = try await client.send(
                ClientRequest("GET", String(try #require(hostile["Location"]).pathOfURL)))
            #expect(download["Content-Disposition"] == "attachment; filename=\".._.._x\"")
        }
    }

    @Test func `a form is taken as a whole by its own protocol, and not in parts`() async throws {
        try await run(.of(8)) { client, _ in
            let form = "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a\"\r\n\r\nhello\r\n--b--\r\n"
            let type = ("Content-Type", "multipart/form-data; boundary=b")
            var client = client
            client.target = "/v1/blobs"
            let whole = try await client.send(client.creation(isComplete: true, form.bytes, [type]))
            #expect(whole.status == 201)
            #expect(try whole.document(FinishedDocument.self).size == 5)
            #expect(try await client.send(client.creation(isComplete: false, form.bytes, [type])).status == 415)
        }
    }

    @Test func `a repeated creation with an idempotency key goes on with the first one's upload`() async throws {
        try await run(.of(8)) { client, server in
            let request = client.creation(isComplete: true, Self.bytes, [("Idempotency-Key", "\"k\"")])
            try await server.open { connection in
                try await connection.send(request.header)
                _ = try await connection.read(until: "\r\n\r\n")
                try await connection.send(Array(Self.bytes[..<20_000]))
                connection.finishSending()
                _ = await connection.readToEnd()
            }
            let first = try await client.send(request)
            #expect(first.status == 201)
            #expect(try await client.send(request).body == first.body)
            let upload = String(try #require(first["Location"]).pathOfURL)
            #expect(try await client.content(of: upload) == Self.bytes)
        }
    }
}
