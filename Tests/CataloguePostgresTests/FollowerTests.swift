import CLibPQ
import Dispatch
import DurableFiles
import Testing
import UploadCore
import UploadTestKit

@testable import CataloguePostgres

/// Who receives the log of a server, as its ordinary users see it.
@Suite struct FollowerTests {
    private static let database = "photos"

    /// Runs `body` while a connection receives the log.
    ///
    /// - Parameter commands: What begins that; it lasts until the end of `body`.
    private func withFollower(
        _ kind: String, of server: PostgresServer, _ commands: [String] = [], _ body: () async throws -> Void
    ) async throws {
        let options = server.options(Self.database) + " replication=\(kind)"
        let threads = ThreadPool(name: "follower", threads: 1)
        let end = DispatchSemaphore(value: 0)
        async let ended: Void = threads.run { () in
            let connection = PQconnectdb(options)
            for command in commands { PQclear(PQexec(connection, command)) }
            end.wait()
            PQfinish(connection)
        }
        let outcome = await Result(of: {
            try await eventually("the server has a follower") {
                try await server.sql("SELECT 1 FROM pg_stat_replication") == ["1"]
            }
            try await body()
        })
        end.signal()
        await ended
        threads.shutdown()
        try await eventually("the follower is gone") {
            try await server.sql("SELECT 1 FROM pg_stat_replication") == []
        }
        try outcome.get()
    }

    /// The problem with the standbys that a user's catalogue is refused for; nil if it opens.
    private func problem(of server: PostgresServer, for user: String) async throws -> String? {
        var settings = PostgresSettings(connection: server.options(Self.database) + " user=\(user)")
        settings.durability = .processCrash
        do throws(UploadError) {
            await (try CataloguePostgres(settings)).close()
            return nil
        } catch {
            guard case .invalidArgument("standbys", let problem) = error.reason else { throw error }
            return problem
        }
    }

    @Test func `standbys are told from backups by those who may see it, and from subscribers by all`() async throws {
        let server = try await PostgresServer(
            settings: ["fsync = off", "full_page_writes = off", "wal_level = logical"])
        try await server.sql("CREATE ROLE wharf LOGIN")
        try await server.sql("CREATE DATABASE \(Self.database) OWNER wharf")
        try await server.sql("CREATE PUBLICATION changes", in: Self.database)
        #expect(try await problem(of: server, for: "wharf") == nil)

        func requireHidden() async throws {
            let problem = try #require(try await problem(of: server, for: "wharf"))
            #expect(problem.contains("followers of PostgreSQL (1) are standbys or backups: grant pg_read_all_stats"))
        }
        try await withFollower("true", of: server) {
            try await requireHidden()
            try await server.sql("GRANT pg_read_all_stats TO wharf")
            let standby = try #require(try await problem(of: server, for: "wharf"))
            #expect(standby.contains("1 standbys and none is synchronous"))
            try await server.sql("REVOKE pg_read_all_stats FROM wharf")
        }
        // Its bytes are not received, so it lasts.
        try await withFollower("true", of: server, ["BASE_BACKUP (CHECKPOINT 'fast')"]) {
            try await eventually("the backup is under way") {
                try await server.sql("SELECT state FROM pg_stat_replication") == ["backup"]
            }
            try await requireHidden()
            try await server.sql("GRANT pg_read_all_stats TO wharf")
            #expect(try await problem(of: server, for: "wharf") == nil)
            try await server.sql("REVOKE pg_read_all_stats FROM wharf")
        }
        try await withFollower(
            "database", of: server,
            [
                "CREATE_REPLICATION_SLOT subscriber TEMPORARY LOGICAL pgoutput",
                "START_REPLICATION SLOT subscriber LOGICAL 0/0 (proto_version '1', publication_names 'changes')",
            ]
        ) {
            try await eventually("the slot is in use") {
                try await server.sql("SELECT state FROM pg_stat_replication") == ["streaming"]
            }
            #expect(try await problem(of: server, for: "wharf") == nil)
        }
        try await server.stop()
    }
}
