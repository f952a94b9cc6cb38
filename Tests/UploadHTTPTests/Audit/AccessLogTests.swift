import NativeWire
import Synchronization
import Testing
import UploadCore
import UploadHTTP

/// The entries of an access log.
@Suite(.timeLimit(.minutes(10))) struct AccessLogTests {
    private final class Entries: Sendable {
        private let kept = Mutex<[AccessEntry]>([])

        var all: [AccessEntry] { kept.withLock { $0 } }
        var log: AccessLog { { entry in self.kept.withLock { $0.append(entry) } } }

        /// The last entry of an operation, once there is one.
        func last(_ operation: String?) async throws -> AccessEntry {
            try await eventually("\(operation ?? "no operation") is logged") {
                all.contains { $0.operation == operation }
            }
            return try #require(all.last { $0.operation == operation })
        }
    }

    private func run(
        _ kind: TransportKind, _ body: @escaping @Sendable (any Transport, Entries) async throws -> Void
    ) async throws {
        let entries = Entries()
        var settings = ServerSettings()
        settings.authenticator = try TestCallers.authenticator()
        settings.accessLog = entries.log
        try await kind.run(settings) { transport, _ in try await body(transport, entries) }
    }

    @Test(arguments: TransportKind.allCases)
    func `each request is logged with its caller, its resource, its bytes and its status`(
        kind: TransportKind
    ) async throws {
        try await run(kind) { transport, entries in
            let anna = APIClient(over: transport, as: "anna")
            let upload = try await anna.begin(name: "secret.jpg", length: 100_000, chunkSize: 100_000)
            let begun = try await entries.last("beginUpload")
            #expect(begun.principal == Principal("anna") && begun.method == "POST" && begun.status == 201)
            #expect(begun.resource == upload.id && begun.isComplete && begun.sentBytes > 100)
            #expect(begun.peer == (kind == .router ? nil : "127.0.0.1"))

            try await anna.putChunk(0, of: upload.id, content(100_000))
            let chunk = try await entries.last("putChunk")
            #expect(chunk.resource == upload.id && chunk.receivedBytes == 100_000 && chunk.sentBytes == 0)
            _ = try await anna.finish(upload.id, expecting: content(100_000))

            #expect(try await anna.bytes(of: upload.id).count == 100_000)
            let download = try await entries.last("getBlob")
            #expect(download.sentBytes == 100_000 && download.receivedBytes == 0 && download.status == 200)

            let head = ClientRequest(
                "HEAD", NativePath.blob(upload.id), fields: [TestCallers.authorization(of: "anna")])
            #expect(try await transport.send(head).status == 200)
            #expect(try await entries.last("headBlob").sentBytes == 0)

            let prepared = try await anna.call(
                "POST", NativePath.downloads, json: "{\"blobs\":[\"\(upload.id)\"]}"
            ).document(DownloadDocument.self)
            let ticketed = ClientRequest("GET", NativePath.download(prepared.ticket))
            #expect(try await transport.send(ticketed).status == 200)
            #expect(try await entries.last("getDownload").target == "/v1/downloads/…")
            #expect(entries.all.allSatisfy { !"\($0)".contains(prepared.ticket) }, "a ticket is as good as a token")

            // Names are in the target alone.
            for entry in entries.all {
                let texts = [entry.requestID, entry.principal?.name, entry.peer, entry.method, entry.resource]
                #expect(!texts.contains { $0?.contains("secret") == true })
            }
        }
    }

    @Test(arguments: TransportKind.allCases)
    func `refused requests are logged too, without a caller if they have none`(kind: TransportKind) async throws {
        try await run(kind) { transport, entries in
            let wrong = ("Authorization", "Bearer wrong")
            #expect(try await transport.send(ClientRequest("GET", "/v1/uploads", fields: [wrong])).status == 401)
            let refused = try await entries.last("listUploads")
            #expect(refused.principal == nil && refused.status == 401 && refused.sentBytes > 0)

            let request = ClientRequest(
                "GET", "/v1/blobs/..%2Fsecret?name=x",
                fields: [TestCallers.authorization(of: "anna"), ("X-Request-ID", "given")])
            #expect(try await transport.send(request).status == 404)
            let missing = try await entries.last("getBlob")
            #expect(missing.resource == nil && missing.principal == Principal("anna"))
            #expect(missing.requestID == "given" && missing.target == "/v1/blobs/..%2Fsecret?name=x")

            #expect(try await transport.send(ClientRequest("GET", "/nothing")).status == 404)
            #expect(try await entries.last(nil).status == 404)
            #expect(try await transport.send(ClientRequest("GET", "/healthz")).status == 200)
            #expect(try await entries.last("getHealth").principal == nil)
        }
    }

    @Test func `tus uploads are logged with their bytes`() async throws {
        try await run(.socket) { transport, entries in
            let fields = [TestCallers.authorization(of: "anna"), ("Tus-Resumable", "1.0.0")]
            let created = try await transport.send(
                ClientRequest("POST", "/files", fields: fields + [("Upload-Length", "3000")], body: []))
            let location = try #require(created["Location"])
            let path = try #require(location.split(separator: "/").last).description
            #expect(try await entries.last("tusCreate").resource == path)
            let patch = fields + [("Upload-Offset", "0"), ("Content-Type", "application/offset+octet-stream")]
            #expect(
                try await transport.send(
                    ClientRequest(
                        "PATCH", "/files/" + path, fields: patch, body: content(3000),
                        framing: .chunked(pieceBytes: 700))
                ).status == 204)
            let entry = try await entries.last("tusPatch")
            #expect(entry.receivedBytes == 3000 && entry.resource == path && entry.status == 204)
        }
    }

    @Test func `a download that the client leaves is incomplete, and says how much it got at least`() async throws {
        let entries = Entries()
        var settings = ServerSettings()
        settings.accessLog = entries.log
        try await LiveServer.run(settings) { server in
            let api = APIClient(over: SocketTransport(port: server.port))
            let length = 32 << 20
            let blob = try await api.putBlob(content(length)).blob
            try await RawConnection.open(port: server.port) { connection in
                try await connection.send("GET /v1/blobs/\(blob) HTTP/1.1\r\nHost: localhost\r\n\r\n")
                _ = try await connection.read(until: "\r\n\r\n")
                try await connection.reset()
            }
            let entry = try await entries.last("getBlob")
            #expect(!entry.isComplete && entry.status == 200 && entry.sentBytes < length && entry.resource == blob)
        }
    }
}
