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
            server.store.clock.advance(milliseconds: DownloadTickets.lifetimeMilliseconds - 1)
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

struct DownloadTicketTests {
    private func grant(_ name: String) -> DownloadGrant {
        DownloadGrant(blobs: [], archive: nil, principal: Principal(name))
    }

    @Test func `a caller's oldest ticket gives way, and all callers together have a limit`() throws {
        let tickets = DownloadTickets(countMax: 16)
        let now = Timestamp(milliseconds: 0)
        let ann = try (0..<3).map { _ in try tickets.issue(grant("ann"), at: now).id }
        #expect(tickets.grant(ann[0], isUse: true, at: now) == nil)
        for ticket in ann.dropFirst() { #expect(tickets.grant(ticket, isUse: true, at: now) != nil) }
        for number in 0..<14 { _ = try tickets.issue(grant("\(number)"), at: now) }
        let error = #expect(throws: UploadError.self) { try tickets.issue(grant("late"), at: now) }
        #expect(error?.code == .tooMany)
        let later = now.advanced(byMilliseconds: DownloadTickets.lifetimeMilliseconds)
        _ = try tickets.issue(grant("late"), at: later)
        #expect(tickets.grant(ann[1], isUse: true, at: later) == nil)
    }
}
