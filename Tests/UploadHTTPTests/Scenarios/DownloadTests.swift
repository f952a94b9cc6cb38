import BlobStorage
import NativeWire
import SessionCore
import Testing
import UploadCore
import UploadTestKit

@testable import UploadHTTP

/// Downloads that need no credentials, and archives.
@Suite(.timeLimit(.minutes(10))) struct DownloadTests {
    private func prepare(
        _ api: APIClient, _ blobs: [String], archive: String? = "photos.zip"
    ) async throws -> DownloadDocument {
        let body = try NativeJSON.encode(NewDownloadDocument(blobs: blobs, archive: archive))
        let json = String(decoding: body, as: UTF8.self)
        return try await api.call("POST", NativePath.downloads, json: json).document(DownloadDocument.self)
    }

    @Test func `an archive has the files with their bytes, has the size that was announced, and is sent once`()
        async throws
    {
        try await LiveServer.run { server in
            let api = APIClient(over: SocketTransport(port: server.port))
            let (small, large) = (content(100, seed: 1), content(3_000_000, seed: 2))
            let first = try await api.putBlob(small, name: "a.jpg").blob
            let second = try await api.upload(large, name: "a.jpg", chunkSize: 1_000_000).blob
            let prepared = try await prepare(api, [first, second])
            let path = NativePath.download(prepared.ticket)
            let head = try await server.send(ClientRequest("HEAD", path))
            #expect(head.status == 200 && head["Content-Length"] == String(prepared.size))
            let answer = try await server.send(ClientRequest("GET", path))
            #expect(answer["Content-Disposition"] == "attachment; filename=\"photos.zip\"")
            #expect(answer["Content-Type"] == "application/zip" && answer.body.count == Int(prepared.size))
            var zip = ZipWriter()
            var expected: [UInt8] = []
            var times: [Timestamp] = []
            for blob in [first, second] {
                let meta = try await api.call("GET", NativePath.blobMeta(blob)).document(BlobDocument.self)
                times.append(meta.createdAt.timestamp)
            }
            for (index, bytes) in [small, large].enumerated() {
                let name = index == 0 ? "a.jpg" : "a (2).jpg"
                expected += zip.begin(ZipEntry(name: name, size: UInt64(bytes.count), modifiedAt: times[index]))
                expected += bytes
                expected += zip.end(checksum: bytes.withUnsafeBytes { Checksum.empty.appending($0) }.value)
            }
            #expect(answer.body == expected + zip.finish())
            #expect(try await server.send(ClientRequest("GET", path)).status == 404)
        }
    }

    @Test func `a single file is downloaded as it is, with ranges, until the ticket expires`() async throws {
        try await LiveServer.run { server in
            let api = APIClient(over: SocketTransport(port: server.port))
            let blob = try await api.putBlob(content(1000), name: "film.mp4").blob
            let prepared = try await prepare(api, [blob], archive: nil)
            #expect(prepared.size == 1000)
            let path = NativePath.download(prepared.ticket)
            for range in ["bytes=0-9", "bytes=990-"] {
                let answer = try await server.send(ClientRequest("GET", path, fields: [("Range", range)]))
                #expect(answer.status == 206 && answer.body.count == 10)
            }
            server.store.clock.advance(milliseconds: DownloadTicket.lifetimeMilliseconds - 1)
            #expect(try await server.send(ClientRequest("GET", path)).body == content(1000))
            server.store.clock.advance(milliseconds: 1)
            #expect(try await server.send(ClientRequest("GET", path)).status == 404)
        }
    }

    @Test func `nobody prepares what they may not read, and what was deleted is not sent`() async throws {
        var settings = ServerSettings()
        settings.authenticator = try TestCallers.authenticator()
        try await LiveServer.run(settings) { server in
            let socket = SocketTransport(port: server.port)
            let (ann, ben) = (APIClient(over: socket, as: "anna"), APIClient(over: socket, as: "ben"))
            let blob = try await ann.putBlob(content(10), name: "a").blob
            let other = try await ann.putBlob(content(20), name: "b").blob
            let refused = await #expect(throws: APIClient.Refused.self) { _ = try await prepare(ben, [blob]) }
            #expect(refused?.status == 404 && refused?.code == "not_found")
            let prepared = try await prepare(ann, [blob, other])
            try await ann.call("DELETE", NativePath.blob(other))
            let answer = try await server.send(ClientRequest("GET", NativePath.download(prepared.ticket)))
            #expect(answer.status == 404)
        }
    }

    @Test func `an archive whose bytes are damaged is cut off`() async throws {
        try await LiveServer.run { server in
            let api = APIClient(over: SocketTransport(port: server.port))
            let first = try await api.putBlob(content(10), name: "a").blob
            let second = try await api.upload(content(3_000_000), name: "b", chunkSize: 1_000_000).blob
            let prepared = try await prepare(api, [first, second])
            let id = try #require(BlobId(text: second))
            let stored = try await server.store.uploads.blob(id, by: LocalAuthenticator.caller.principal)
            try await server.store.uploads.sessions.blobs.remove(stored.extents.map(\.key))
            try await RawConnection.open(port: server.port) { connection in
                let path = NativePath.download(prepared.ticket)
                try await connection.send("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n")
                #expect(try await connection.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 200 "))
                #expect(await connection.readToEnd().count < 1000)
            }
        }
    }

    @Test func `of several requests at once one gets the archive`()
        async throws
    {
        try await LiveServer.run { server in
            let api = APIClient(over: SocketTransport(port: server.port))
            let blob = try await api.putBlob(content(10), name: "a").blob
            let path = NativePath.download(try await prepare(api, [blob]).ticket)
            let statuses = try await withThrowingTaskGroup { group in
                for _ in 0..<4 { group.addTask { try await server.send(ClientRequest("GET", path)).status } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.sorted() == [200, 404, 404, 404])
        }
    }

    /// Runs `body` with a client and the id of a blob for each of three callers.
    private func withCallers(
        downloadTicketsMax: UInt64,
        _ body: @escaping @Sendable (LiveServer, [(api: APIClient, blob: String)]) async throws -> Void
    ) async throws {
        var settings = ServerSettings()
        settings.authenticator = try TestCallers.authenticator()
        settings.limits.downloadTicketsMax = downloadTicketsMax
        try await LiveServer.run(settings) { server in
            let socket = SocketTransport(port: server.port)
            var callers: [(api: APIClient, blob: String)] = []
            for name in TestCallers.names {
                let api = APIClient(over: socket, as: name)
                callers.append((api, try await api.putBlob(content(10), name: "a").blob))
            }
            try await body(server, callers)
        }
    }

    @Test func `a caller has an eighth of the tickets, and the oldest gives way`() async throws {
        try await withCallers(downloadTicketsMax: 16) { server, callers in
            var tickets: [String] = []
            for _ in 0..<3 { tickets.append(try await prepare(callers[0].api, [callers[0].blob]).ticket) }
            for (ticket, status) in zip(tickets, [404, 200, 200]) {
                #expect(try await server.send(ClientRequest("HEAD", NativePath.download(ticket))).status == status)
            }
            server.store.clock.advance(milliseconds: DownloadTicket.lifetimeMilliseconds)
            #expect(try await server.send(ClientRequest("HEAD", NativePath.download(tickets[2]))).status == 404)
        }
    }

    @Test func `all callers together have a limit, and expired tickets do not count`() async throws {
        try await withCallers(downloadTicketsMax: 2) { server, callers in
            for (api, blob) in callers[..<2] { _ = try await prepare(api, [blob]) }
            let refused = await #expect(throws: APIClient.Refused.self) {
                _ = try await prepare(callers[2].api, [callers[2].blob])
            }
            #expect(refused?.code == "too_many")
            server.store.clock.advance(milliseconds: DownloadTicket.lifetimeMilliseconds)
            _ = try await prepare(callers[2].api, [callers[2].blob])
        }
    }

    @Test func `the name of an archive is as long as one of a file may be`() async throws {
        var settings = ServerSettings()
        settings.limits.nameBytesMax = 10
        try await LiveServer.run(settings) { server in
            let api = APIClient(over: SocketTransport(port: server.port))
            let blob = try await api.putBlob(content(10), name: "a").blob
            _ = try await prepare(api, [blob], archive: "photos.zip")
            let refused = await #expect(throws: APIClient.Refused.self) {
                _ = try await prepare(api, [blob], archive: "photos2.zip")
            }
            #expect(refused?.code == "too_large")
        }
    }

    @Test func `a download has at most so many files`() async throws {
        var settings = ServerSettings()
        settings.limits.downloadEntriesMax = 2
        try await LiveServer.run(settings) { server in
            let api = APIClient(over: SocketTransport(port: server.port))
            let blob = try await api.putBlob(content(10), name: "a").blob
            _ = try await prepare(api, [blob, blob])
            let refused = await #expect(throws: APIClient.Refused.self) {
                _ = try await prepare(api, [blob, blob, blob])
            }
            #expect(refused?.code == "too_large")
            let empty = await #expect(throws: APIClient.Refused.self) { _ = try await prepare(api, []) }
            #expect(empty?.code == "invalid_argument")
            let loose = await #expect(throws: APIClient.Refused.self) {
                _ = try await prepare(api, [blob, blob], archive: nil)
            }
            #expect(loose?.code == "invalid_argument")
        }
    }
}
