import Glibc
import Logging
import SessionCore
import Testing
import UploadTestKit
import Wharf

@testable import WharfCommand

/// Failures to start a server.
@Suite struct ServerProcessTests {
    private func failure(_ change: (inout ServerSettings) -> Void) async throws -> ServeError? {
        var settings = ServerSettings()
        settings.listen = ListenAddress(host: "127.0.0.1", port: 0)
        settings.threads = 2
        change(&settings)
        let process = ServerProcess(
            settings: settings, path: nil, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        return await #expect(throws: ServeError.self) { try await process.run() }
    }

    @Test func `a store that is open elsewhere is a temporary failure`() async throws {
        let directory = try TemporaryDirectory()
        let store = try await EmbeddedStore(directory: directory.path, threads: 1)
        let failure = try await failure { $0.data = directory.path }
        #expect(failure?.status == .temporary)
        #expect(failure?.description.contains(directory.path) == true)
        await store.close()
    }

    @Test func `a directory that cannot be created is reported`() async throws {
        #expect(try await failure { $0.data = "/proc/no/store" }?.status == .localFile)
    }

    @Test func `a directory that others may write to is refused with the remedy`() async throws {
        let directory = try TemporaryDirectory()
        try #require(chmod(directory.path, 0o777) == 0)
        let failure = try await failure { $0.data = directory.path }
        #expect(failure?.status == .localFile)
        #expect(failure?.description.contains("chmod go-w \(directory.path)") == true)
    }

    @Test func `a missing token file is refused before the store is opened`() async throws {
        let directory = try TemporaryDirectory()
        let failure = try await failure {
            $0.data = directory.path + "/store"
            $0.auth = .tokens(file: directory.path + "/tokens")
        }
        #expect(failure?.status == .usage)
        #expect(failure?.description.contains("there is no such file") == true)
    }

    @Test func `an unavailable address is reported, and the store is closed`() async throws {
        let directory = try TemporaryDirectory()
        let failure = try await failure {
            $0.data = directory.path
            $0.listen = ListenAddress(host: "192.0.2.1", port: 9)
        }
        #expect(failure?.status == .refused)
        #expect(failure?.description.hasPrefix("cannot listen on 192.0.2.1:9") == true)
        let store = try await EmbeddedStore(directory: directory.path, threads: 1)
        await store.close()
    }

    @Test func `a server logs its address, and cancellation closes the store`()
        async throws
    {
        let directory = try TemporaryDirectory()
        let (lines, log) = AsyncStream.makeStream(of: String.self)
        var settings = ServerSettings()
        settings.listen = ListenAddress(host: "localhost", port: 0)
        settings.data = directory.path
        let process = ServerProcess(
            settings: settings, path: nil,
            logger: Logger(label: "test") { _ in
                LineLogHandler(
                    format: .text, level: SharedLogLevel(.info), now: { Timestamp(milliseconds: 0) },
                    write: { log.yield($0) })
            })
        let listening = await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try? await process.run() }
            let listening = await lines.first { $0.contains("listening on") }
            tasks.cancelAll()
            return listening
        }
        let port = try #require(listening?.firstMatch(of: #/http://localhost:([0-9]+)/#)?.1)
        #expect(port != "0")
        let store = try await EmbeddedStore(directory: directory.path, threads: 1)
        await store.close()
    }
}
