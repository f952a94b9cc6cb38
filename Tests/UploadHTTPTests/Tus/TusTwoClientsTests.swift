import HTTPTestKit
import Testing
import UploadCore
import UploadHTTP
import UploadTestKit

/// Two clients that upload one file to one upload, by the rules of tus-js-client: two tabs of a page.
@Suite struct TusTwoClientsTests {
    /// Sends a `PATCH` of the model with a part of its body, and runs `during` once the server has taken that part.
    private func openPatch<Value: Sendable>(
        _ client: TusClient, _ request: ModelTusClient.Request, of file: [UInt8], sending count: Int,
        _ server: LiveServer, _ during: (RawConnection) async throws -> Value
    ) async throws -> Value {
        let offset = try #require(request.body).lowerBound
        return try await RawConnection.open(port: server.port) { connection in
            try await connection.send(
                client.head(for: request).replacing("\r\n\r\n", with: "\r\nExpect: 100-continue\r\n\r\n"))
            #expect(try await connection.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 100"))
            try await connection.send(Array(file[offset..<offset + count]))
            // Asking for the offset disturbs nobody, and tells what has been written.
            try await eventually("the server takes no bytes") {
                try await client.head(String(request.url.pathOfURL)).offset == offset + count
            }
            return try await during(connection)
        }
    }

    @Test func `a second client takes over, and the first is told at once that it has lost the upload`() async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let file = pattern(300_000)
            var first = ModelTusClient(endpoint: "/files", size: file.count)
            guard case .send(let creation) = first.start(),
                case .send(let patch) = first.receive(try await client.send(creation, of: file))
            else { throw UploadError(.superseded) }
            let url = try #require(first.url)
            let answer = try await openPatch(client, patch, of: file, sending: 100_000, server) { connection in
                let second = try await client.upload(
                    ModelTusClient(endpoint: "/files", size: file.count, storedURL: url), file)
                #expect(second.end == .succeeded)
                #expect(second.requests.map(\.method) == ["HEAD", "PATCH"])
                #expect(second.requests.last?.body == 100_000..<300_000)
                // The first client has sent nothing meanwhile, and sends nothing more.
                return try TusAnswer(await connection.readToEnd(), sourceLocation: #_sourceLocation)
            }
            #expect(answer.status == 400)
            #expect(answer.body.contains(#""code":"superseded""#))
            #expect(first.receive(ModelTusClient.Response(answer)) == .failed(400))
            #expect(try await server.bytes(String(url.pathOfURL)) == file)
        }
    }

    @Test func `a client that asks for the offset alone disturbs nobody`() async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            // An append that has received nothing for a second is ended: on a busy machine an attempt may take too long.
            for _ in 0..<30 where try await isUndisturbed(client, server) { return }
            Issue.record("no attempt took less than a second")
        }
    }

    /// Asks for the offset while a body is received.
    ///
    /// - Returns: false if that took so long that the append may have ended.
    private func isUndisturbed(_ client: TusClient, _ server: LiveServer) async throws -> Bool {
        let file = pattern(300_000)
        let upload = try await client.create(length: file.count)
        var first = ModelTusClient(endpoint: "/files", size: file.count, storedURL: upload)
        guard case .send = first.start(),
            case .send(let patch) = first.receive(ModelTusClient.Response(try await client.head(upload)))
        else { throw UploadError(.superseded) }
        let start = ContinuousClock.now
        let answer = try await openPatch(client, patch, of: file, sending: 100_000, server) { connection in
            for _ in 0..<5 { #expect(try await client.head(upload).offset == 100_000) }
            guard start.duration(to: .now) < .milliseconds(900) else { return nil as TusAnswer? }
            try await connection.send(Array(file[100_000...]))
            return try TusAnswer(await connection.readToEnd(), sourceLocation: #_sourceLocation)
        }
        guard let answer else { return false }
        #expect(first.receive(ModelTusClient.Response(answer)) == .succeeded)
        #expect(try await server.bytes(upload) == file)
        return true
    }

    @Test(arguments: [2, 4]) func `of several clients at once one comes to the end, and the others to an error`(
        _ count: Int
    ) async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let file = pattern(4_000_000)
            let upload = try await client.create(length: file.count)
            var model = ModelTusClient(endpoint: "/files", size: file.count, storedURL: upload)
            model.chunkSize = 500_000
            let tab = model
            let ends = try await withThrowingTaskGroup(of: ModelUpload.self) { tasks in
                for _ in 0..<count { tasks.addTask { try await client.upload(tab, file) } }
                return try await tasks.reduce(into: []) { $0.append($1) }
            }
            // One that comes late finds the upload complete.
            #expect(ends.contains { $0.end == .succeeded })
            #expect(ends.allSatisfy { $0.end == .succeeded || $0.end == .failed(400) })
            #expect(ends.allSatisfy { $0.client.url?.pathOfURL == upload[...] }, "nobody starts anew")
            #expect(try await server.bytes(upload) == file)
        }
    }

    @Test(arguments: [0, 5000] as [Int64])
    func `a client whose connection has died takes over from itself at its first attempt`(
        _ silence: Int64
    ) async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let file = pattern(300_000)
            let upload = try await client.create(length: file.count)
            var model = ModelTusClient(endpoint: "/files", size: file.count, storedURL: upload)
            guard case .send = model.start(),
                case .send(let patch) = model.receive(ModelTusClient.Response(try await client.head(upload)))
            else { throw UploadError(.superseded) }
            #expect(model.receive(nil) == .retry(afterMilliseconds: 0))
            let again = model
            let end = try await openPatch(client, patch, of: file, sending: 100_000, server) { _ in
                server.store.clock.advance(milliseconds: silence)
                return try await client.upload(again, file)
            }
            #expect(end.end == .succeeded)
            #expect(end.delays == [])
            #expect(end.requests.map(\.method) == ["HEAD", "PATCH"])
            #expect(try await server.bytes(upload) == file)
        }
    }
}
