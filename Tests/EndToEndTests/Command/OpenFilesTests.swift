import Glibc
import NativeWire
import Testing
import UploadClient
import UploadTestKit

/// A server whose limit of open files is lower than its connections require.
@Suite(.serialized, .timeLimit(.minutes(5)), .enabled(if: access("/usr/bin/prlimit", X_OK) == 0))
struct OpenFilesTests {
    /// 64 + 4 × 5 descriptors are reserved: one event loop, two threads, one worker and its second one for videos.
    private let flags = [
        "--threads", "2", "--set", "event-loop-threads=1", "--set", "imaging=off", "--set", "imaging-workers=1",
        // An upload waits for sixty connections, which may take a slow machine longer than a client may.
        "--set", "body-idle-timeout=10m", "--set", "body-rate-window=10m",
    ]

    @Test func `connections are clamped, idle ones make room, and an upload goes on`() async throws {
        let directory = try TemporaryDirectory()
        let server = try await ServerBinary.start(
            data: directory.path + "/data", flags: flags, openFilesMax: 84 + 4 * 16)
        let log = await server.process.progress { $0.errorText.contains("listening on") }.errorText
        #expect(log.contains("connections-max lowered") && log.contains("connections_max=16"))
        let content = Content(seed: 1, length: 200_000)
        let upload = try await withTransport(port: server.port) { transport, _ in
            let new = NewUploadDocument(name: "a", length: 200_000, chunkSize: 200_000)
            return try await RawCalls(transport: transport).begin(new).document(UploadDocument.self).id
        }
        try await KeptConnection.open(port: server.port) { uploading in
            try await uploading.send(
                "PUT /v1/uploads/\(upload)/chunks/0 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 200000\r\n\r\n")
            try await uploading.send(content[0..<100_000])
            try await keepOpen(60, at: server)
            try await uploading.send(content[100_000..<200_000])
            #expect(try await uploading.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 204 "))
        }
        try await server.stop()
        #expect(!(await server.process.end().progress.errorText.contains("connections wait")))
    }

    /// Opens connections one in another, each of which is answered and stays.
    private func keepOpen(_ count: Int, at server: ServerBinary) async throws {
        guard count > 0 else { return }
        try await KeptConnection.open(port: server.port) { connection in
            #expect(try await connection.isAnswered())
            try await keepOpen(count - 1, at: server)
        }
    }

    @Test func `a limit without room for a connection is refused at the start`() async throws {
        let directory = try TemporaryDirectory()
        let process = try ChildProcess(
            "/usr/bin/prlimit",
            ["--nofile=87:87", Wharf.path, "serve", "--listen", "127.0.0.1:0", "--data", directory.path] + flags,
            environment: [:])
        let (end, progress) = await process.end()
        #expect(end == .exit(64))
        #expect(progress.errorText.contains("the limit of open files is 87, and 88 are needed"))
    }

    @Test func `without descriptors accepting pauses, and goes on once there are some`() async throws {
        try await CommandFixture.run(flags: flags) { fixture in
            let server = fixture.server
            try await KeptConnection.open(port: server.port) { idle in
                #expect(try await idle.isAnswered())
                try await setOpenFilesMax(server.lowestFreeDescriptor, of: server)
                try await KeptConnection.open(port: server.port) { late in
                    try await late.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    let log = await server.process.progress { $0.errorText.contains("connections wait") }.errorText
                    #expect(log.contains("dropped=1"))
                    let (start, before) = (ContinuousClock.now, try server.processorTicks())
                    #expect(try await late.read(until: "ok\n").hasPrefix("HTTP/1.1 200 "))
                    // The idle connection has made room at once; the pause is a second, in which nothing spins.
                    let elapsed = ContinuousClock.now - start
                    #expect(elapsed > .milliseconds(300))
                    #expect(Duration.milliseconds(10 * (try server.processorTicks() - before)) < elapsed / 2)
                }
            }
            try await setOpenFilesMax(1000, of: server)
            let isAnswered = try await KeptConnection.open(port: server.port) { try await $0.isAnswered() }
            #expect(isAnswered)
        }
    }

    private func setOpenFilesMax(_ count: Int, of server: ServerBinary) async throws {
        let process = try ChildProcess(
            "/usr/bin/prlimit", ["--pid", "\(server.process.pid)", "--nofile=\(count):1000"], environment: [:])
        let (end, progress) = await process.end()
        try #require(end == .exit(0), "\(progress.errorText)")
    }
}

extension ServerBinary {
    /// The number that its next descriptor gets.
    fileprivate var lowestFreeDescriptor: Int {
        var buffer = [CChar](repeating: 0, count: 64)
        var number = 0
        while readlink("/proc/\(process.pid)/fd/\(number)", &buffer, buffer.count) >= 0 { number += 1 }
        return number
    }

    /// Processor time used so far, in hundredths of a second (proc(5), `stat`).
    fileprivate func processorTicks() throws -> Int64 {
        let text = String(decoding: try #require(TestFiles.read("/proc/\(process.pid)/stat")), as: UTF8.self)
        // The second field is the name in parentheses.
        let fields = try #require(text.split(separator: ")").last).split(separator: " ")
        return try #require(Int64(fields[11])) + #require(Int64(fields[12]))
    }
}
