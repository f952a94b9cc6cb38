@testable import CataloguePostgres
import SessionCore
import Testing
import UploadCore
import UploadTestKit

/// Sums that transactions change beside each other; `Fixture.with` compares them with what they count.
@Suite struct UsageShardTests {
    /// All shards there are.
    private static let shards = "SELECT 1 FROM usage_shards, active_shards FOR UPDATE"

    private func impatient(_ fixture: Fixture) async throws -> CataloguePostgres {
        try await fixture.database.open { settings in
            // A busy machine needs less for an upload.
            settings.statementTimeout = .seconds(10)
            settings.repetitionsMax = 0
        }
    }

    private func rows(_ table: String, in fixture: Fixture) async throws -> Int {
        try await fixture.database.sql("SELECT 1 FROM \(table)").count
    }

    @Test func `an upload does not wait for another one of its owner to be committed`() async throws {
        try await Fixture.with { fixture in
            let impatient = try await impatient(fixture)
            let pending = try await fixture.begin(fixture.draft()).id
            try await fixture.database.whileLocked(Self.shards, until: .max) {
                _ = try await impatient.begin(fixture.draft(content: [1, 2, 3]), checkAccess: admitAll)
                _ = try await impatient.begin(fixture.draft(), checkAccess: admitAll)
                _ = try await impatient.commit(
                    pending, length: 25, digest: fixture.digest, at: fixture.time(1), checkAccess: admitAll)
            }
            let usage = try await fixture.catalogue.usage(of: fixture.capsule.owner)
            #expect(
                usage == Usage(storedBytes: 28, reservedBytes: 25, capsules: 1, pendingUploads: 1, pendingBytes: 25))
            #expect(try await fixture.catalogue.usages(after: nil, limit: 9).map(\.usage) == [usage])
            #expect(try await fixture.catalogue.totalUsage() == usage)
            await impatient.close()
        }
    }

    @Test func `one transaction after the other has one shard`() async throws {
        try await Fixture.with(engines: 3) { fixture in
            for number in 0..<6 {
                let draft = fixture.draft(content: [1, 2, 3])
                _ = try await fixture.engine(number).begin(draft, checkAccess: admitAll)
                let id = try await fixture.begin(fixture.draft()).id
                #expect(try await rows("active_shards", in: fixture) == 1)
                try await fixture.commit(id, length: 25, by: number + 1)
                #expect(try await rows("active_shards", in: fixture) == 0)
            }
            #expect(try await rows("usage_shards", in: fixture) == 1)
        }
    }

    @Test func `a shard may be negative, and shards that add up to nothing go with the last upload`() async throws {
        try await Fixture.with { fixture in
            let guest = Principal("ben")
            func sums(_ table: String, _ column: String) async throws -> [String] {
                try await fixture.database.sql("SELECT \(column) FROM \(table) = 'ben' ORDER BY \(column)")
            }
            var ids: [SessionId] = []
            for _ in 0..<3 { ids.append(try await fixture.begin(fixture.draft(caller: guest)).id) }
            try await fixture.database.whileLocked(Self.shards, until: .max) {
                _ = try await fixture.end(ids[0])
                _ = try await fixture.end(ids[1])
            }
            #expect(try await sums("usage_shards WHERE principal", "pending_uploads") == ["-2", "3"])
            #expect(try await sums("active_shards WHERE caller", "n") == ["-2", "3"])
            #expect(try await fixture.catalogue.usage(of: guest).pendingUploads == 1)
            _ = try await fixture.end(ids[2])
            #expect(try await sums("usage_shards WHERE principal", "pending_uploads") == [])
            #expect(try await sums("active_shards WHERE caller", "n") == [])
        }
    }

    @Test func `shards that another transaction holds stay, and count as nothing`() async throws {
        try await Fixture.with { fixture in
            let guest = Principal("ben")
            let id = try await fixture.begin(fixture.draft(caller: guest)).id
            try await fixture.database.whileLocked(Self.shards, until: .max) {
                _ = try await fixture.end(id)
            }
            #expect(try await rows("usage_shards WHERE principal = 'ben'", in: fixture) == 2)
            #expect(try await rows("active_shards", in: fixture) == 2)
            #expect(try await rows("usage WHERE principal = 'ben'", in: fixture) == 0)
            #expect(try await rows("active", in: fixture) == 0)
            #expect(try await fixture.catalogue.problems() == [])
            _ = try await fixture.end(try await fixture.begin(fixture.draft(caller: guest)).id)
            #expect(try await rows("usage_shards WHERE principal = 'ben'", in: fixture) == 0)
            #expect(try await rows("active_shards", in: fixture) == 0)
        }
    }

    @Test func `two transactions at a time have two shards, also those that end uploads`() async throws {
        try await Fixture.with { fixture in
            let guest = Principal("ben")
            var ids: [SessionId] = []
            for _ in 0..<4 { ids.append(try await fixture.begin(fixture.draft(caller: guest)).id) }
            // The end of an upload also changes `upload_counts`, by session: one session in 64 would wait for the other. This one
            // changes the two sums alone.
            for statement in [
                "CREATE TABLE endings AS SELECT capsule, caller FROM uploads LIMIT 1",
                "CREATE TRIGGER ended AFTER UPDATE ON endings FOR EACH ROW EXECUTE FUNCTION upload_activated()",
                """
                CREATE FUNCTION end_another() RETURNS void LANGUAGE sql AS $$
                    UPDATE endings SET caller = caller RETURNING add_usage(caller, 0, -25, 0, 0, -1, -25)
                $$
                """,
            ] { try await fixture.database.sql(statement) }
            // What it ends is undone each time.
            for id in ids[..<2] {
                try await fixture.database.whileLocked("SELECT end_another()", until: .max) {
                    _ = try await fixture.end(id)
                }
            }
            #expect(try await rows("usage_shards WHERE principal = 'ben'", in: fixture) == 2)
            #expect(try await rows("active_shards", in: fixture) == 2)
            for id in ids[2...] { _ = try await fixture.end(id) }
            #expect(try await rows("usage_shards WHERE principal = 'ben'", in: fixture) == 0)
        }
    }

    @Test func `a quota is exact over all shards and engines`() async throws {
        try await Fixture.with(engines: 3) { fixture in
            let quotas = Quotas(standardBytes: 100)
            // Unlimited blobs of the same owner spread the sums.
            let free = try await together(24) { number in
                try await fixture.engine(number).begin(fixture.draft(content: [1, 2]), checkAccess: admitAll)
            }
            #expect(free.count == 24)
            let refusals = try await together(36) { number in
                await refusal { () throws(UploadError) in
                    try await fixture.engine(number).begin(
                        fixture.draft(content: Array(repeating: 7, count: 10), quotas: quotas), checkAccess: admitAll)
                }
            }
            #expect(refusals.count { $0 == nil } == 5)
            #expect(refusals.count { $0 == .quotaExceeded } == 31)
            #expect(try await fixture.catalogue.usage(of: fixture.capsule.owner).storedBytes == 98)
        }
    }

    @Test func `uploads of two principals that begin and end at once never fail for each other`() async throws {
        try await Fixture.with(engines: 3) { fixture in
            let callers = [Principal("ada"), Principal("ben"), Principal("zoe")]
            _ = try await together(60) { number in
                let draft = fixture.draft(caller: callers[number % 3])
                let engine = fixture.engine(number / 3)
                let id = try await engine.begin(draft, checkAccess: admitAll).record.id
                if number % 2 == 0 {
                    _ = try await engine.commit(
                        id, length: 25, digest: fixture.digest, at: fixture.time(1), checkAccess: admitAll)
                } else {
                    _ = try await engine.end(id, as: .aborted(at: fixture.time(2)), unlessSeenSince: nil)
                }
            }
            let all = [PrincipalUsage(principal: callers[0], usage: Usage(storedBytes: 750, capsules: 1))]
            #expect(try await fixture.catalogue.usages(after: nil, limit: 9) == all)
        }
    }
}
