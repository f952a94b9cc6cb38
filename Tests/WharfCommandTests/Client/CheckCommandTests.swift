import ArgumentParser
import DurableFiles
import Glibc
import Synchronization
import Testing
import UploadTestKit
import Wharf

@testable import WharfCommand

@Suite struct CheckCommandTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    /// What was written, by descriptor.
    private final class Written: Sendable {
        private let lines = Mutex<[Int32: String]>([:])
        func add(_ text: String, _ descriptor: Int32) { lines.withLock { $0[descriptor, default: ""] += text } }
        subscript(_ descriptor: Int32) -> String { lines.withLock { $0[descriptor] ?? "" } }
    }

    /// Checks the store. Returns the exit status and what was written.
    private func check(repair: Bool = false, json: Bool = false) async throws -> (status: Int32, written: Written) {
        let written = Written()
        let output = Output(isJSON: json) { written.add($0, $1) }
        do {
            try await CheckCommand.check(directory.path, repair: repair, output)
        } catch let code as ExitCode {
            return (code.rawValue, written)
        }
        return (0, written)
    }

    private func makeStore() async throws {
        let store = try await EmbeddedStore(directory: directory.path)
        await store.close()
    }

    @Test func `a directory without a store is no clean store`() async throws {
        let (status, written) = try await check()
        #expect(status == CommandStatus.localFile.rawValue)
        #expect(written[STDERR_FILENO].contains("is no store") && written[STDOUT_FILENO] == "")
    }

    @Test func `a store that a server has is refused, to be tried again`() async throws {
        let store = try await EmbeddedStore(directory: directory.path)
        let (status, written) = try await check()
        await store.close()
        #expect(status == CommandStatus.temporary.rawValue)
        #expect(written[STDERR_FILENO].contains("in use by another process"))
    }

    @Test func `a clean store is said to be so`() async throws {
        try await makeStore()
        let (status, written) = try await check()
        #expect(status == 0)
        #expect(written[STDOUT_FILENO] == "0 uploads, 0 objects, 0 B verified: clean\n")
    }

    @Test func `findings are told one a line, and repaired when asked for`() async throws {
        try await makeStore()
        let files = POSIXFileSystem(root: directory.path)
        files.close(try files.open("bytes/00/stranger", .readWriteCreating))

        let found = try await check(json: true)
        #expect(found.status == CommandStatus.refused.rawValue)
        let lines = found.written[STDOUT_FILENO].split(separator: "\n")
        #expect(
            lines.count == 2 && lines[0].contains(#""kind":"unknown_file""#) && lines[0].contains(#""repairable":true"#)
        )
        #expect(lines[1].contains(#""findings":1"#) && lines[1].contains(#""repaired":0"#))

        let repaired = try await check(repair: true)
        #expect(repaired.status == CommandStatus.refused.rawValue)
        #expect(repaired.written[STDOUT_FILENO].hasSuffix("1 findings, 1 repaired\n"))
        #expect(try await check().status == 0)
    }
}
