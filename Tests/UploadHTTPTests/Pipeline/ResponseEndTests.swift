import BlobStorage
import DurableFiles
import Glibc
import HTTPTestKit
import Logging
import NIOCore
import NativeWire
import SessionCore
import Synchronization
import Testing
import UploadCore
import UploadHTTP

/// What is measured and logged at the end of a response, and not before.
@Suite(.serialized, .timeLimit(.minutes(10))) struct ResponseEndTests {
    /// More than the buffers of a connection take.
    private static let large = 32 << 20
    private static let bytes: [UInt8] = {
        let block = content(1 << 20)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(large)
        while bytes.count < large { bytes += block }
        return bytes
    }()

    private func withLargeBlob(
        _ settings: ServerSettings = ServerSettings(),
        _ body: @escaping @Sendable (LiveServer, String) async throws -> Void
    ) async throws {
        try await LiveServer.run(settings) { server in
            let api = APIClient(over: SocketTransport(port: server.port))
            try await body(server, try await api.putBlob(Self.bytes).blob)
        }
    }

    @Test func `requests in flight and their durations cover the body of the response`() async throws {
        try await withLargeBlob { server, blob in
            try await eventually("the upload has ended") { server.metric("wharf_requests_in_flight") == 0 }
            let count = #"wharf_requests_total{operation="getBlob",status="2xx"}"#
            try await RawConnection.open(port: server.port) { connection in
                try await connection.send("GET /v1/blobs/\(blob) HTTP/1.1\r\nHost: localhost\r\n\r\n")
                _ = try await connection.read(until: "\r\n\r\n")
                #expect(server.metric("wharf_requests_in_flight") == 1)
                #expect(server.metric(count) == nil)
                _ = try await connection.read(count: Self.large)
                try await eventually("the end is noted") { server.metric(count) == 1 }
            }
            #expect(server.metric("wharf_requests_in_flight") == 0)
            #expect(server.metric(#"wharf_request_seconds_count{operation="getBlob"}"#) == 1)
        }
    }

    @Test func `a client that goes away in the middle of a download ends its request`() async throws {
        try await withLargeBlob { server, blob in
            try await RawConnection.open(port: server.port) { connection in
                try await connection.send("GET /v1/blobs/\(blob) HTTP/1.1\r\nHost: localhost\r\n\r\n")
                _ = try await connection.read(until: "\r\n\r\n")
                try await connection.reset()
            }
            try await eventually("the request has ended") { server.metric("wharf_requests_in_flight") == 0 }
            #expect(server.metric(#"wharf_download_failures_total{code="store_corrupt"}"#) == nil)
        }
    }

    // MARK: - Damaged stores

    /// Expects a line with the reason and the upload, and a count.
    private func expectReport(
        _ upload: String, in capture: LogCapture, of server: LiveServer,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await eventually("the failure is counted", sourceLocation: sourceLocation) {
            server.metric(#"wharf_download_failures_total{code="store_corrupt"}"#) == 1
        }
        let line = try #require(
            capture.lines.first { $0.message.hasPrefix("download cut off") }, sourceLocation: sourceLocation)
        #expect(line.level == .error && line.metadata["upload"] == upload, sourceLocation: sourceLocation)
        #expect(line.metadata["error"]?.contains("store_corrupt") == true, sourceLocation: sourceLocation)
        #expect(line.metadata["request_id"]?.isEmpty == false, sourceLocation: sourceLocation)
    }

    @Test func `a part that is missing after the header was sent is logged and counted`() async throws {
        let capture = LogCapture()
        var settings = ServerSettings()
        settings.limits.catalogueBytesMax = 0
        settings.logger = capture.logger
        try await LiveServer.run(settings) { server in
            let uploads = server.store.uploads
            let caller = LocalAuthenticator.caller.principal
            let capsule = try await uploads.defaultCapsule(of: caller).id
            var parts: [UploadRecord] = []
            for seed in 1...2 as ClosedRange<UInt64> {
                let request = BeginRequest(
                    capsule: capsule, asset: AssetMetadata(name: ""), layout: .append, length: 1000, isPartial: true)
                let part = try await uploads.beginUpload(request, by: caller).record
                try await uploads.append(part.id, at: 0, content(1000, seed: seed), by: caller)
                parts.append(try await uploads.commit(part.id, by: caller))
            }
            let whole = try await uploads.concatenate(
                BeginRequest(capsule: capsule, asset: AssetMetadata(name: ""), layout: .append),
                parts: parts.map(\.id), by: caller)
            try await server.store.uploads.sessions.blobs.remove([parts[1].meta.key])
            try await RawConnection.open(port: server.port) { connection in
                try await connection.send("GET /v1/blobs/\(whole.id.text) HTTP/1.1\r\nHost: localhost\r\n\r\n")
                #expect(try await connection.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 200 "))
                #expect(await connection.readToEnd() == content(1000, seed: 1))
            }
            try await expectReport(parts[1].id.text, in: capture, of: server)
        }
    }

    @Test func `a blob that is deleted while an archive is sent is no damage`() async throws {
        let capture = LogCapture()
        var settings = ServerSettings()
        settings.logger = capture.logger
        try await withLargeBlob(settings) { server, large in
            let api = APIClient(over: SocketTransport(port: server.port))
            let small = try await api.putBlob(content(100_000)).blob
            let json = try NativeJSON.encode(NewDownloadDocument(blobs: [large, small], archive: "all.zip"))
            let prepared = try await api.call(
                "POST", NativePath.downloads, json: String(decoding: json, as: UTF8.self)
            ).document(DownloadDocument.self)
            try await RawConnection.open(port: server.port) { connection in
                try await connection.send(
                    "GET /v1/downloads/\(prepared.ticket) HTTP/1.1\r\nHost: localhost\r\n\r\n")
                _ = try await connection.read(until: "\r\n\r\n")
                #expect(try await api.call("DELETE", NativePath.blob(small)).status == 204)
                _ = await connection.readToEnd()
            }
            try await eventually("its end is logged") {
                capture.lines.contains { $0.message == "download cut off: the blob was deleted" }
            }
            #expect(!capture.lines.contains { $0.level == .error })
            #expect(server.metric(#"wharf_download_failures_total{code="store_corrupt"}"#) == nil)
        }
    }

    @Test func `a file that becomes short while it is sent is logged and counted, and its connection ends`()
        async throws
    {
        let capture = LogCapture()
        var settings = ServerSettings()
        settings.logger = capture.logger
        try await withLargeBlob(settings) { server, blob in
            let id = try #require(BlobId(text: blob))
            let stored = try await server.store.uploads.blob(id, by: LocalAuthenticator.caller.principal)
            let extent = try #require(stored.extents.first)
            let file = try await server.store.files.openFile(extent.key, length: extent.length)
            defer { file.close() }
            try await RawConnection.open(port: server.port) { connection in
                try await connection.send("GET /v1/blobs/\(blob) HTTP/1.1\r\nHost: localhost\r\n\r\n")
                _ = try await connection.read(until: "\r\n\r\n")
                #expect(truncate("/proc/self/fd/\(file.descriptor)", 1 << 20) == 0)
                #expect(await connection.readToEnd().count < Self.large)
            }
            try await expectReport(blob, in: capture, of: server)
        }
    }

    // MARK: - Files

    @Test func `copied bytes and files are sent in their order, to a client that reads slowly`() async throws {
        try await withLargeBlob { server, blob in
            let bytes = Self.bytes
            let ranges = [0..<9_000_000, 5..<7, 20_000_000..<32_000_000]
            let field = ranges.map { "\($0.lowerBound)-\($0.upperBound - 1)" }.joined(separator: ",")
            try await RawConnection.open(port: server.port) { connection in
                try await connection.send(
                    "GET /v1/blobs/\(blob) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nRange: bytes=\(field)\r\n\r\n"
                )
                _ = try await connection.read(until: "\r\n\r\n")
                for range in ranges {
                    try await elapse(milliseconds: 20)
                    let head = try await connection.read(until: "\r\n\r\n")
                    #expect(head.contains("bytes \(range.lowerBound)-\(range.upperBound - 1)/\(Self.large)"))
                    #expect(try await connection.read(count: range.count) == Array(bytes[range]))
                }
                #expect(String(decoding: await connection.readToEnd(), as: UTF8.self).hasSuffix("--\r\n"))
            }
        }
    }

    @Test func `a file is closed on a thread of the store`() async throws {
        try await LiveServer.run { server in
            let api = APIClient(over: SocketTransport(port: server.port))
            let id = try #require(BlobId(text: try await api.putBlob(content(100_000)).blob))
            let blob = try await server.store.uploads.blob(id, by: LocalAuthenticator.caller.principal)
            let extent = try #require(blob.extents.first)
            let file = try await server.store.files.openFile(extent.key, length: extent.length)
            let descriptor = file.descriptor
            let gate = SpinGate()
            for _ in 0..<TestStore.threadCount { server.store.pool.submit { gate.wait() } }
            file.close()
            #expect(fcntl(descriptor, F_GETFD) != -1, "it was closed by its caller")
            gate.open()
            try await eventually("it is closed") { fcntl(descriptor, F_GETFD) == -1 }
        }
    }
}

/// Holds threads until it is opened.
private final class SpinGate: Sendable {
    private let isOpen = Atomic(false)

    func wait() {
        while !isOpen.load(ordering: .acquiring) { sched_yield() }
    }

    func open() { isOpen.store(true, ordering: .releasing) }
}
