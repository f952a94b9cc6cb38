import ArgumentParser
import DurableFiles
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

    /// The output by stream.
    private final class Written: Sendable {
        private let lines = Mutex<[StandardStream: String]>([:])
        func add(_ text: String, _ stream: StandardStream) { lines.withLock { $0[stream, default: ""] += text } }
        subscript(_ stream: StandardStream) -> String { lines.withLock { $0[stream] ?? "" } }
    }

    /// Checks the store. Returns the exit status and the output.
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

    @Test func `a directory without a store is not reported as clean`() async throws {
        let (status, written) = try await check()
        #expect(status == CommandStatus.localFile.rawValue)
        #expect(written[.error].contains("is not a store") && written[.output] == "")
    }

    @Test func `a store that a server has open is refused as temporary`() async throws {
        let store = try await EmbeddedStore(directory: directory.path)
        let (status, written) = try await check()
        await store.close()
        #expect(status == CommandStatus.temporary.rawValue)
        #expect(written[.error].contains("in use by another process"))
    }

    @Test func `a store without issues is reported as clean`() async throws {
        try await makeStore()
        let (status, written) = try await check()
        #expect(status == 0)
        #expect(written[.output] == "0 uploads, 0 objects, 0 B verified: clean\n")
    }

    @Test func `issues are reported one per line, and repaired on request`() async throws {
        try await makeStore()
        let files = POSIXFileSystem(root: directory.path)
        files.close(try files.open("bytes/00/unknown", .readWriteCreating))

        let found = try await check(json: true)
        #expect(found.status == CommandStatus.refused.rawValue)
        let lines = found.written[.output].split(separator: "\n")
        #expect(
            lines.count == 2 && lines[0].contains(#""kind":"unknown_file""#) && lines[0].contains(#""repairable":true"#)
        )
        #expect(lines[1].contains(#""findings":1"#) && lines[1].contains(#""repaired":0"#))

        let repaired = try await check(repair: true)
        #expect(repaired.status == CommandStatus.refused.rawValue)
        #expect(repaired.written[.output].hasSuffix("1 issue, 1 repaired\n"))
        #expect(try await check().status == 0)
    }

    @Test func `a directory named twice is refused instead of one of the two ignored`() throws {
        #expect(throws: (any Error).self) { try CheckCommand.parse(["backup", "--data", "data"]) }
        #expect(try CheckCommand.parse(["--data", "data"]).data == "data")
        #expect(try CheckCommand.parse(["backup"]).directory == "backup")
    }
}
