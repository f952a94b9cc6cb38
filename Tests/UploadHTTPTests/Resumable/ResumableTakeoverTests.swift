import HTTPTypes
import ResumableWire
import Testing
import UploadCore
import UploadHTTP

/// Requests of one upload that meet.
@Suite(.timeLimit(.minutes(10))) struct ResumableTakeoverTests {
    private static let file = content(300_000)

    /// Sends an append with a part of its body, and runs `during` once the server has taken that part.
    private func stall<Value: Sendable>(
        _ client: ResumableClient, _ server: LiveServer, _ upload: String, sending count: Int,
        _ during: @escaping @Sendable (RawConnection) async throws -> Value
    ) async throws -> Value {
        try await server.open { connection in
            let request = client.append(to: upload, at: 0, isLast: true, Self.file, [("Expect", "100-continue")])
            try await connection.send(request.header)
            while try await !connection.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 100 ") {}
            try await connection.send(Array(Self.file[..<count]))
            try await eventually("the server takes no bytes") {
                let tus = ClientRequest("HEAD", upload, fields: [("Tus-Resumable", "1.0.0")])
                return try await server.send(tus)["Upload-Offset"] == "\(count)"
            }
            return try await during(connection)
        }
    }

    @Test(arguments: InteropVersion.all)
    func `X3, X4, X5: a status request ends a stalled append, whose late bytes do not count`(
        version: InteropVersion
    ) async throws {
        try await LiveServer.run { server in
            let client = ResumableClient(server.socket, version)
            let upload = try await client.begin(length: 300_000)
            try await stall(client, server, upload, sending: 100_000) { connection in
                try await client.expect(upload, at: 100_000)
                let rest = client.append(to: upload, at: 100_000, isLast: true, Array(Self.file[100_000...]))
                #expect(try await client.send(rest).status == 201)
                try? await connection.send([UInt8](repeating: 0, count: 50_000))
                let answer = String(decoding: await connection.readToEnd(), as: UTF8.self)
                #expect(answer.contains("HTTP/1.1 400 "))
            }
            #expect(try await client.content(of: upload) == Self.file)
        }
    }

    @Test(arguments: InteropVersion.all)
    func `X1, X5: an append takes over from a stalled one`(version: InteropVersion) async throws {
        try await LiveServer.run { server in
            let client = ResumableClient(server.socket, version)
            let upload = try await client.begin(length: 300_000)
            try await stall(client, server, upload, sending: 100_000) { connection in
                let wrong = try await client.send(client.append(to: upload, at: 0, isLast: true, Self.file))
                #expect(wrong.status == 409)
                #expect(client.state(in: wrong)?.offset == 100_000)
                let rest = client.append(to: upload, at: 100_000, isLast: true, Array(Self.file[100_000...]))
                #expect(try await client.send(rest).status == 201)
                _ = await connection.readToEnd()
            }
            #expect(try await client.content(of: upload) == Self.file)
        }
    }

    @Test(arguments: InteropVersion.all)
    func `D2, X6: a cancellation ends a stalled append, which brings nothing back`(
        version: InteropVersion
    ) async throws {
        try await LiveServer.run { server in
            let client = ResumableClient(server.socket, version)
            let upload = try await client.begin(length: 300_000)
            try await stall(client, server, upload, sending: 100_000) { connection in
                let cancelled = try await client.send(client.request("DELETE", upload))
                #expect(cancelled.status == 204)
                try? await connection.send(Array(Self.file[100_000...]))
                let answer = String(decoding: await connection.readToEnd(), as: UTF8.self)
                #expect(answer.contains("HTTP/1.1 404 "))
            }
            #expect(try await client.head(upload).status == 404)
        }
    }

    @Test(arguments: [3, 6, 9])
    func `X1, X2: of appends at one offset one counts`(number: Int) async throws {
        try await LiveServer.run { server in
            let client = ResumableClient(server.socket, .of(number))
            for round in 0..<10 {
                let upload = try await client.begin()
                let bodies = (0..<4).map { content(60_000, seed: UInt64(10 * round + $0 + 1)) }
                let statuses = try await withThrowingTaskGroup(of: (Int, Int).self) { tasks in
                    for (index, body) in bodies.enumerated() {
                        tasks.addTask {
                            let request = client.append(to: upload, at: 0, isLast: true, body)
                            return (index, try await client.send(request).status)
                        }
                    }
                    return try await tasks.reduce(into: []) { $0.append($1) }
                }
                let winners = statuses.filter { $0.1 < 300 }.map(\.0)
                #expect(winners.count <= 1)
                if let winner = winners.first {
                    #expect(try await client.content(of: upload) == bodies[winner])
                } else {
                    #expect(try await client.state(in: client.head(upload))?.isComplete == false, "\(statuses)")
                }
            }
        }
    }
}
