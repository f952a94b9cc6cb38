import ArgumentParser
import SessionCore
import Synchronization
import Testing
import UploadTestKit
import Wharf
import WharfCluster

@testable import WharfCommand

@Suite struct MigrateCommandTests {
    /// Runs the command.
    ///
    /// - Returns: Its exit status, and what it said.
    private func run(
        _ arguments: [String], environment: [String: String] = [:]
    ) async throws -> (status: Int32, text: String) {
        let text = Mutex("")
        let command = try MigrateCommand.parse(arguments)
        do {
            let output = Output(isJSON: false) { line, _ in text.withLock { $0 += line } }
            try await command.run(output, environment: environment)
            return (0, text.withLock { $0 })
        } catch let error as ExitCode {
            return (error.rawValue, text.withLock { $0 })
        }
    }

    private let target = [
        "--catalogue", "postgres://wharf@127.0.0.1:1/wharf", "--objects",
        "s3://photos?endpoint=http://127.0.0.1:1&preset=seaweedfs", "--objects-credentials", "/nonexistent",
    ]

    @Test func `a directory without a store is refused, and no store is made of it`() async throws {
        let directory = try TemporaryDirectory()
        let (status, text) = try await run([directory.path] + target)
        #expect(status == CommandStatus.localFile.rawValue)
        #expect(text.contains("is not a store"))
    }

    @Test(arguments: [
        (["--catalogue", "mysql://db", "--objects", "s3://photos?region=eu"], "--catalogue: the catalogue is no URI"),
        (["--catalogue", "postgres://a:hunter2@db/w", "--objects", "s3://photos?region=eu"], "PGPASSWORD"),
        (["--catalogue", "postgres://db/w", "--objects", "photos"], "--objects: The location of the bucket"),
        (["--catalogue", "postgres://db/w", "--objects", ""], "catalogue needs objects"),
        ([], "give --catalogue and --objects"),
        (
            ["--catalogue", "postgres://db/w", "--objects", "s3://photos?region=eu", "--durability", "some"],
            "--durability: "
        ),
    ])
    func `wrong options are refused before the store is opened`(_ options: [String], _ message: String) async throws {
        let directory = try TemporaryDirectory()
        let store = try await EmbeddedStore(directory: directory.path)
        let (status, text) = try await run([directory.path] + options)
        #expect(status == CommandStatus.usage.rawValue)
        #expect(text.contains(message))
        #expect(!text.contains("hunter2"))
        await store.close()
    }

    @Test func `a store that another process has open is refused`() async throws {
        let directory = try TemporaryDirectory()
        let store = try await EmbeddedStore(directory: directory.path)
        let (status, text) = try await run([directory.path] + target)
        #expect(status == CommandStatus.temporary.rawValue)
        #expect(text.contains("in use by another process"))
        await store.close()
    }

    @Test func `the status and the last line tell what another call is good for`() {
        let finding = MigrationReport.Finding(upload: SessionId(high: 1, low: 1), problem: "lost")
        func result(_ change: (inout MigrationReport) -> Void) -> (status: CommandStatus, text: String) {
            var report = MigrationReport()
            change(&report)
            let result = MigrationResult(report, seconds: 1)
            return (result.status, result.text)
        }
        let finished = result { $0.isFinished = true }
        #expect(finished.status == .success && finished.text.hasSuffix("finished, nodes can be started"))
        let wrong = result { $0.wrongInBucket = [finding] }
        #expect(wrong.status == .refused && wrong.text.contains("run the same command again: it copies once more"))
        #expect(!wrong.text.contains("--accept-damaged"))
        let unreadable = result { $0.unreadable = [finding] }
        #expect(unreadable.status == .temporary && unreadable.text.contains("1 unreadable now"))
        #expect(!unreadable.text.contains("--accept-damaged"))
        let damaged = result { $0.damaged = [finding] }
        #expect(damaged.status == .refused && damaged.text.contains("--accept-damaged"))
        let before = result { ($0.wasFinished, $0.isFinished) = (true, true) }
        #expect(before.status == .success)
        let unverified = result { ($0.wasFinished, $0.isFinished, $0.lacksVerification) = (true, true, true) }
        #expect(unverified.status == .refused)
        #expect(unverified.text.hasSuffix("not verified: nodes may have changed it"))
    }

    @Test func `credentials that cannot be read are named`() async throws {
        let directory = try TemporaryDirectory()
        await (try await EmbeddedStore(directory: directory.path)).close()
        let (status, text) = try await run([directory.path] + target)
        #expect(status == CommandStatus.usage.rawValue)
        #expect(text.contains("objects-credentials: /nonexistent"))
    }
    @Test func `the environment and the file of a node hold as for a server`() async throws {
        let directory = try TemporaryDirectory()
        await (try await EmbeddedStore(directory: directory.path + "/data")).close()
        let file = directory.path + "/wharf.json"
        try TestFiles.write(
            Array(#"{"objects": "s3://photos?endpoint=http://127.0.0.1:1&preset=seaweedfs"}"#.utf8), to: file)
        let environment = [
            "WHARF_CATALOGUE": "postgres://wharf@127.0.0.1:1/wharf", "WHARF_CONFIG": file,
            "WHARF_OBJECTS_CREDENTIALS": "/nonexistent",
        ]
        let (status, text) = try await run([directory.path + "/data"], environment: environment)
        #expect(status == CommandStatus.usage.rawValue)
        #expect(text.contains("objects-credentials: /nonexistent"))
        let misspelt = try await run([directory.path + "/data"], environment: ["WHARF_OBJECT": "s3://photos"])
        #expect(misspelt.status == CommandStatus.usage.rawValue && misspelt.text.contains("WHARF_OBJECTS"))
    }
}
