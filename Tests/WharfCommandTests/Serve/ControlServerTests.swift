import DurableFiles
import Glibc
import Logging
import NativeWire
import Synchronization
import Testing
import UploadTestKit
import Wharf

@testable import WharfCommand

/// The control socket, with backups of the test's own.
@Suite(.timeLimit(.minutes(10))) struct ControlServerTests {
    private static let request = ControlRequest.Backup(directory: "/backup", linking: true)

    /// Runs `body` beside a server in a directory.
    private func withServer<Value: Sendable>(
        in directory: String, _ backUp: @escaping ControlServer.BackUp, _ body: () async throws -> Value
    ) async throws -> Value {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let server = try #require(await ControlServer.listen(in: directory, logger: logger, backUp: backUp))
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            let value = try await body()
            group.cancelAll()
            return value
        }
    }

    /// Blocks a backup until it is cancelled.
    private final class Gate: Sendable {
        private let state = Mutex((isStarted: false, isStopped: false))
        var isStarted: Bool { state.withLock { $0.isStarted } }
        var isStopped: Bool { state.withLock { $0.isStopped } }

        func backUp() async throws(BackupError) -> BackupSummary {
            state.withLock { $0.isStarted = true }
            while !Task.isCancelled { await Task.yield() }
            state.withLock { $0.isStopped = true }
            throw BackupError(.cancelled, "Stopped.", advice: "")
        }
    }

    @Test func `progress and the result arrive`() async throws {
        let directory = try TemporaryDirectory()
        let seen = Mutex<[ControlRequest.Backup]>([])
        let counts = try await withServer(in: directory.path) { request, progress throws(BackupError) in
            seen.withLock { $0.append(request) }
            progress(BackupSummary())
            return BackupSummary()
        } _: {
            try await ControlClient.backUp(Self.request, storeIn: directory.path) { _ in }
        }
        #expect(counts == BackupCounts())
        #expect(seen.withLock { $0 } == [Self.request])
        // Removed with the server.
        #expect(access(directory.path + "/control", F_OK) != 0)
    }

    @Test func `a failure arrives with its exit status`() async throws {
        let directory = try TemporaryDirectory()
        try await withServer(in: directory.path) { _, _ throws(BackupError) in
            throw BackupError(.targetFull, "“/backup” is full.", advice: "Free space.")
        } _: {
            let error = await #expect(throws: CommandFailure.self) {
                try await ControlClient.backUp(Self.request, storeIn: directory.path) { _ in }
            }
            #expect(error?.status == .localFile && error?.message == "“/backup” is full.")
        }
    }

    @Test func `a client that goes away stops its backup`() async throws {
        let directory = try TemporaryDirectory()
        let gate = Gate()
        try await withServer(in: directory.path) { _, _ throws(BackupError) in
            try await gate.backUp()
        } _: {
            await #expect(throws: CancellationError.self) {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        _ = try await ControlClient.backUp(Self.request, storeIn: directory.path) { _ in }
                    }
                    while !gate.isStarted { await Task.yield() }
                    group.cancelAll()
                    try await group.waitForAll()
                }
            }
            while !gate.isStopped { await Task.yield() }
        }
    }

    @Test func `a server that stops stops its backups, and the client reports it as temporary`() async throws {
        let directory = try TemporaryDirectory()
        let gate = Gate()
        let failure = try await withThrowingTaskGroup(of: CommandFailure?.self) { group in
            try await withServer(in: directory.path) { _, _ throws(BackupError) in
                try await gate.backUp()
            } _: {
                group.addTask {
                    do {
                        _ = try await ControlClient.backUp(Self.request, storeIn: directory.path) { _ in }
                        return nil
                    } catch let error as CommandFailure {
                        return error
                    }
                }
                while !gate.isStarted { await Task.yield() }
            }
            return try await group.next() ?? nil
        }
        #expect(failure?.status == .temporary)
        #expect(gate.isStopped)
    }

    @Test func `without a server there is no answer, also beside the socket of a killed one`() async throws {
        let directory = try TemporaryDirectory()
        #expect(try await ControlClient.backUp(Self.request, storeIn: directory.path) { _ in } == nil)
        let address = try ControlAddress(of: directory.path)
        close(try address.listen())
        #expect(access(directory.path + "/control", F_OK) == 0)
        #expect(try await ControlClient.backUp(Self.request, storeIn: directory.path) { _ in } == nil)
        let second = try address.listen()
        let socket = try FileStatus(path: directory.path + "/control", followingLinks: false)
        #expect(socket.permissions.mode & 0o777 == 0o600)
        close(second)
    }
}
