import DurableFiles
import Glibc
import Logging
import SessionCore
import Synchronization
import Testing
import UploadCore
import UploadTestKit

@testable import UploadHTTP
@testable import WharfCommand

@Suite struct AccessLogTests {
    private let directory: TemporaryDirectory
    private var path: String { directory.path + "/access.log" }
    private let time = Timestamp(milliseconds: 1_700_000_000_123)

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func entry(
        principal: String? = "anna", operation: String? = "getBlob", resource: String? = "01a2"
    ) -> AccessEntry {
        AccessEntry(
            requestID: "5f\"\n", principal: principal.map { Principal($0) }, peer: "192.0.2.1", method: "GET",
            operation: operation, resource: resource, target: "/v1/blobs/01a2?name=kiss.jpg", status: 206,
            receivedBytes: 0, sentBytes: 20_000, isComplete: true, duration: .microseconds(1500))
    }

    private func logger(_ write: @escaping @Sendable (String) -> Void) -> Logger {
        Logger(label: "test") { _ in
            LineLogHandler(
                format: .text, level: SharedLogLevel(.info), now: { Timestamp(milliseconds: 0) }, write: write)
        }
    }

    private func text(_ path: String) -> String? {
        TestFiles.read(path).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func `a line is a JSON object without names of files, which can be switched on`() {
        let start =
            #"{"time":"2023-11-14T22:13:20.123Z","request_id":"5f\"\n","principal":"anna","peer":"192.0.2.1","#
            + #""method":"GET","operation":"getBlob","id":"01a2","#
        let end = #""status":206,"received":0,"sent":20000,"ms":1.5,"complete":true}"#
        #expect(AccessLogWriter.line(entry(), at: time, withTarget: false) == start + end)
        #expect(
            AccessLogWriter.line(entry(), at: time, withTarget: true)
                == start + #""target":"/v1/blobs/01a2?name=kiss.jpg","# + end)
    }

    @Test func `unknown values are left out`() {
        let line = AccessLogWriter.line(
            entry(principal: nil, operation: nil, resource: nil), at: time, withTarget: false)
        #expect(
            line == #"{"time":"2023-11-14T22:13:20.123Z","request_id":"5f\"\n","peer":"192.0.2.1","method":"GET","#
                + #""status":206,"received":0,"sent":20000,"ms":1.5,"complete":true}"#)
    }

    @Test func `a pipe that nothing reads is refused instead of waited for`() throws {
        try #require(mkfifo(path, 0o600) == 0)
        let logger = logger { _ in }
        let error = #expect(throws: FileError.self) { try AccessLogFile(path: path, logger: logger) }
        #expect(error?.reason.contains("a pipe that nothing reads") == true)
        let reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        defer { close(reader) }
        let file = try AccessLogFile(path: path, logger: logger)
        file.write([1, 2])
        var bytes: [UInt8] = [0, 0, 0]
        #expect(read(reader, &bytes, 3) == 2 && bytes == [1, 2, 0])
    }

    @Test func `lines are appended to a private file, and to a new one after it was renamed and opened again`()
        async throws
    {
        try TestFiles.write("earlier\n".utf8, to: path)
        let lines = Mutex<[String]>([])
        let writer = try #require(
            try AccessLogWriter(
                .file(path: path), logsTargets: false,
                logger: logger { line in lines.withLock { $0.append(line) } },
                now: { Timestamp(milliseconds: 0) }))
        writer.write(entry())
        await writer.flush()
        #expect(text(path)?.hasPrefix("earlier\n{\"time\":") == true)
        try #require(rename(path, path + ".1") == 0)
        writer.write(entry())
        await writer.flush()
        #expect(text(path) == nil)
        await writer.reopen()
        writer.write(entry())
        await writer.flush()
        #expect(text(path)?.split(separator: "\n").count == 1)
        #expect(text(path + ".1")?.split(separator: "\n").count == 3)
        #expect(try FileStatus(path: path).permissions.mode == 0o600)
        #expect(lines.withLock { $0.contains { $0.contains("access log opened again") } })

        // A file that cannot be opened leaves the open one in use.
        try #require(rename(path, path + ".2") == 0 && mkdir(path, 0o700) == 0)
        await writer.reopen()
        writer.write(entry())
        await writer.flush()
        #expect(text(path + ".2")?.split(separator: "\n").count == 2)
        #expect(lines.withLock { $0.contains { $0.contains("access log not opened again") } })
    }

    @Test func `a full disk loses lines, is logged once, and fails nothing`() throws {
        let lines = Mutex<[String]>([])
        let file = try AccessLogFile(
            path: "/dev/full", logger: logger { line in lines.withLock { $0.append(line) } })
        file.write(Array("a\n".utf8))
        file.write(Array("b\n".utf8))
        #expect(lines.withLock { $0.count { $0.contains("the access log cannot be written") } } == 1)
    }

    @Test func `there is no log by default, and a file that cannot be opened is an error`() throws {
        let logger = self.logger { _ in }
        let off = try AccessLogWriter(.off, logsTargets: false, logger: logger, now: { self.time })
        #expect(off == nil)
        #expect(throws: FileError.self) {
            try AccessLogWriter(
                .file(path: directory.path + "/none/log"), logsTargets: false, logger: logger, now: { self.time })
        }
    }
}
