import SessionCore
import Testing
import UploadCore
import UploadHTTP
import UploadTestKit

/// Requests for one upload that meet.
@Suite struct TusInterferenceTests {
    /// Sends the head of a `PATCH` and a part of its body, and waits until the server has taken that part.
    private func stalledPatch<Value: Sendable>(
        _ client: TusClient, _ server: LiveServer, _ upload: String, of body: [UInt8], sending count: Int,
        _ during: @escaping @Sendable () async throws -> Value
    ) async throws -> (Value, late: TusAnswer) {
        let head = client.head(
            "PATCH", upload,
            [
                "Upload-Offset": "0", "Content-Type": TusClient.patchType, "Content-Length": String(body.count),
                "Expect": "100-continue",
            ])
        return try await RawConnection.open(port: server.port) { connection in
            try await connection.send(head)
            // The server asks for the body only once the upload is this request's.
            let interim = try await connection.read(until: "\r\n\r\n")
            #expect(interim.hasPrefix("HTTP/1.1 100"))
            try await connection.send(Array(body.prefix(count)))
            let value = try await during()
            try await connection.send(Array(body.dropFirst(count)))
            return (value, try TusAnswer(await connection.readToEnd(), sourceLocation: #_sourceLocation))
        }
    }

    @Test func `HEAD during a stalled PATCH is answered at once, and its offset holds`() async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let body = pattern(200_000)
            let upload = try await client.create(length: body.count)
            let (offset, late) = try await stalledPatch(client, server, upload, of: body, sending: 100_000) {
                try await eventually("the server takes no bytes") { try await client.head(upload).offset == 100_000 }
                server.store.clock.advance(milliseconds: 1000)
                return try await client.head(upload).offset
            }
            let known = try #require(offset)
            #expect(known == 100_000)
            #expect(late.status == 400, "the earlier request has lost the upload")
            #expect(try await client.head(upload).offset == known, "its late bytes were dropped")
            let rest = try await client.patch(upload, at: known, Array(body[known...]))
            #expect(rest.offset == body.count)
            #expect(try await server.bytes(upload) == body)
        }
    }

    @Test func `a new PATCH supersedes a stalled one at once`() async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let body = pattern(200_000)
            let upload = try await client.create(length: body.count)
            let (_, late) = try await stalledPatch(client, server, upload, of: body, sending: 0) {
                let answer = try await client.patch(upload, at: 0, body)
                #expect(answer.status == 204)
                #expect(answer.offset == body.count)
            }
            #expect(late.status == 400)
            #expect(try await server.bytes(upload) == body)
        }
    }

    @Test func `DELETE during a PATCH ends both, and the PATCH of a silent client is answered at once`() async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let body = pattern(200_000)
            let upload = try await client.create(length: body.count)
            let head = client.head(
                "PATCH", upload,
                [
                    "Upload-Offset": "0", "Content-Type": TusClient.patchType, "Content-Length": String(body.count),
                    "Expect": "100-continue",
                ])
            let late = try await RawConnection.open(port: server.port) { connection in
                try await connection.send(head)
                #expect(try await connection.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 100"))
                try await connection.send(Array(body.prefix(100_000)))
                #expect(try await client.request("DELETE", upload).status == 204)
                return try TusAnswer(await connection.readToEnd(), sourceLocation: #_sourceLocation)
            }
            #expect(late.status == 410)
            #expect(late.body.contains(#""code":"gone""#))
            #expect(try await client.head(upload).status == 404)
            #expect(try await server.store.uploads.maintenance.check().isClean)
        }
    }

    @Test func `DELETE ends a PATCH whose bytes are arriving with 410`() async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let body = pattern(20_000_000)
            let upload = try await client.create(length: body.count)
            let fields = [
                "Upload-Offset": "0", "Content-Type": TusClient.patchType, "Content-Length": "20000000",
                "Expect": "100-continue",
            ]
            let late = try await RawConnection.open(port: server.port) { connection in
                try await connection.send(client.head("PATCH", upload, fields))
                #expect(try await connection.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 100"))
                try await connection.send(Array(body.prefix(1_000_000)))
                async let deletion = client.request("DELETE", upload)
                for start in stride(from: 1_000_000, to: 20_000_000, by: 500_000) {
                    guard (try? await connection.send(Array(body[start..<start + 500_000]))) != nil else { break }
                }
                #expect(try await deletion.status == 204)
                return try TusAnswer(await connection.readToEnd(), sourceLocation: #_sourceLocation)
            }
            #expect([410, 204].contains(late.status), "\(late)")
            #expect(try await client.head(upload).status == 404)
        }
    }

    @Test func `an upload that expires during a stalled PATCH is gone for both`() async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let body = pattern(200_000)
            let upload = try await client.create(length: body.count)
            let (_, late) = try await stalledPatch(client, server, upload, of: body, sending: 100_000) {
                // Bytes that the server reads after the clock was set count as use: once more then.
                repeat { try await server.expireAll() } while try await server.expiredCount() == 0
            }
            #expect(late.status == 410)
            #expect(try await client.head(upload).status == 404)
        }
    }

    @Test func `one of several PATCHes at the same offset counts, and all clients can continue`() async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let body = pattern(150_000)
            for _ in 0..<10 {
                let upload = try await client.create(length: body.count)
                try await withThrowingTaskGroup(of: Void.self) { tasks in
                    for _ in 0..<3 { tasks.addTask { try await complete(upload, body, client) } }
                    try await tasks.waitForAll()
                }
                #expect(try await server.bytes(upload) == body)
            }
        }
    }

    @Test func `200 clients finish 20 uploads`() async throws {
        var limits = Limits()
        limits.writersPerCallerMax = 300
        try await LiveServer.run(ServerSettings(limits: limits)) { server in
            let client = TusClient(server)
            let bodies = (0..<20).map { pattern(90_000 + $0, from: $0) }
            var uploads: [String] = []
            for body in bodies { uploads.append(try await client.create(length: body.count)) }
            let paths = uploads
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for number in 0..<200 {
                    tasks.addTask { try await complete(paths[number % 20], bodies[number % 20], client) }
                }
                try await tasks.waitForAll()
            }
            for (upload, body) in zip(uploads, bodies) { #expect(try await server.bytes(upload) == body) }
        }
    }

    /// What a persistent client does: asks for the offset, sends from there, and does so again after a conflict or a takeover.
    private func complete(_ upload: String, _ body: [UInt8], _ client: TusClient) async throws {
        for attempt in 0..<100 {
            let status = try await client.head(upload)
            guard status.status == 200, let offset = status.offset else {
                #expect(status.status == 423, "\(status)")
                continue
            }
            if offset == body.count { return }
            let size = 10_000 + 5_000 * (attempt % 7)
            let answer = try await client.patch(upload, at: offset, Array(body[offset...].prefix(size)))
            #expect([204, 400, 409].contains(answer.status), "\(answer)")
        }
        Issue.record("no end after a hundred attempts")
    }
}
