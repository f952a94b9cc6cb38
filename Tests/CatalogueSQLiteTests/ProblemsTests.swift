import SessionCore
import Testing
import UploadCore
import UploadTestKit
import UploadDerivation
import UploadMemories

@testable import CatalogueSQLite

@Suite struct ProblemsTests {
    struct Damage: Sendable, CustomTestStringConvertible {
        let script: String
        let problem: String
        var testDescription: String { problem }
    }

    static let damages = [
        Damage(
            script: "UPDATE uploads SET digest = NULL WHERE state = 1", problem: "an upload has a digest and a length"),
        Damage(
            script: "UPDATE uploads SET is_freed = 1 WHERE state = 0", problem: "committed upload is marked as freed"),
        Damage(
            script: "UPDATE uploads SET is_freed = 0 WHERE state = 2", problem: "an ended upload is not marked as freed"
        ),
        Damage(script: "DELETE FROM bytes", problem: "in the catalogue has more or fewer bytes"),
        Damage(script: "UPDATE bytes SET data = x'0102'", problem: "in the catalogue has more or fewer bytes"),
        Damage(
            script: "INSERT INTO bytes VALUES (1 << 40, x'01')", problem: "bytes in the catalogue belong to no upload"),
        Damage(
            script: "INSERT INTO ledger VALUES (99, 0, x'01')", problem: "a page of the ledger belongs to no pending"),
        Damage(script: "INSERT INTO parts VALUES (99, 0, 98)", problem: "a part has no concatenation"),
        Damage(script: "DELETE FROM parts WHERE position = 1", problem: "a concatenation has more or fewer bytes"),
        Damage(script: "DELETE FROM concatenations", problem: "has rows in only one of its two tables"),
        Damage(script: "UPDATE concatenations SET pending_parts = 1", problem: "the counts of a concatenation's parts"),
        Damage(script: "UPDATE concatenations SET part_ids = x''", problem: "the counts of a concatenation's parts"),
        Damage(script: "UPDATE concatenations SET extents = NULL", problem: "is committed without extents"),
        Damage(script: "DELETE FROM capsules", problem: "an upload belongs to no capsule"),
        Damage(script: "UPDATE upload_counts SET n = n + 1 WHERE state = 3", problem: "of uploads in a state is wrong"),
        Damage(script: "UPDATE active SET n = n + 1", problem: "the count of a caller's pending uploads"),
        Damage(script: "DELETE FROM active", problem: "the count of a caller's pending uploads"),
        Damage(
            script: "UPDATE assets SET blob = x'00' WHERE blob IS NOT NULL", problem: "refers to a blob that does not"),
        Damage(script: "DELETE FROM memories", problem: "an asset belongs to no memory"),
        Damage(script: "DELETE FROM derivations", problem: "is committed without a derivation"),
        Damage(script: "UPDATE uploads SET recipe = 1 WHERE seq = 2", problem: "is committed without a derivation"),
        Damage(script: "UPDATE derivations SET upload = 99", problem: "a derivation belongs to no upload"),
        Damage(script: "UPDATE uploads SET name = 'a' WHERE state = 2", problem: "an ended upload has kept metadata"),
        Damage(
            script: "UPDATE uploads SET digest = randomblob(32) WHERE state = 2",
            problem: "an ended upload has kept metadata"),
        Damage(script: "UPDATE derivations SET state = 1", problem: "or done without a memory"),
        Damage(script: "UPDATE capsules SET inline_bytes = 1", problem: "the count of a capsule's inline bytes"),
        Damage(script: "UPDATE usage SET stored_bytes = stored_bytes + 1", problem: "what a principal uses is counted"),
        Damage(script: "UPDATE usage SET reserved_bytes = 0", problem: "what a principal uses is counted"),
        Damage(script: "UPDATE usage SET members = 1", problem: "what a principal uses is counted"),
        Damage(script: "DELETE FROM usage", problem: "what a principal uses is counted"),
        Damage(
            script: "INSERT INTO usage VALUES ('zoe', 0, 0, 0, 0, 0, 0)", problem: "what a principal uses is counted"),
        Damage(
            script: "UPDATE uploads SET length = NULL WHERE seq = 1",
            problem: "the durable bytes of an upload of unknown length"),
        Damage(
            script: "UPDATE uploads SET unsized_bytes = 1 WHERE seq = 1",
            problem: "the durable bytes of an upload of known length"),
    ]

    @Test(arguments: damages)
    func `each kind of damage is reported`(_ damage: Damage) async throws {
        let store = try TemporaryStore()
        try await fill(store)
        try store.run(damage.script)
        let catalogue = try await store.open()
        let problems = try await catalogue.problems()
        #expect(problems.contains { $0.contains(damage.problem) }, "\(problems)")
        await catalogue.close()
    }

    @Test func `garbage that is still in use is reported`() async throws {
        let store = try TemporaryStore()
        try await fill(store)
        let key = UploadDraft.of(1).record.meta.key
        try store.run("INSERT INTO garbage (key) VALUES (x'\(key.digest.hex)')")
        let catalogue = try await store.open()
        #expect(
            try await catalogue.problems() == ["the file of an upload is in use and listed as garbage (\(id(1).text))"]
        )
        await catalogue.close()
    }

    @Test func `a row with impossible values is damage to its readers only`() async throws {
        let store = try TemporaryStore()
        try await fill(store)
        try store.run(
            """
            UPDATE uploads SET state = 9 WHERE seq = 1; UPDATE uploads SET length = -1 WHERE seq = 2;
            UPDATE uploads SET chunk_size = 0 WHERE seq = 4
            """)
        let catalogue = try await store.open()
        for number in [1, 2, 4] {
            #expect(await refusal { () throws(UploadError) in try await catalogue.upload(id(number)) } == .storeCorrupt)
        }
        #expect(try await catalogue.upload(id(3)) != nil)
        await catalogue.close()
    }

    @Test func `a number beyond SQLite's range is refused, not truncated`() async throws {
        let store = try TemporaryStore()
        let catalogue = try await store.open().withCapsule()
        let draft = UploadDraft.of(1, layout: .chunks(size: .max), length: nil)
        let code = await refusal { () throws(UploadError) in try await catalogue.begin(draft) }
        #expect(code == .invalidArgument)
        #expect(try await catalogue.countByStatus().pending == 0)
        await catalogue.close()
    }

    /// A pending upload, one in the catalogue, an aborted one, a concatenation of two, a memory, and an upload with a
    /// pending derivation.
    private func fill(_ store: TemporaryStore) async throws {
        let catalogue = try await store.open().withCapsule()
        try await catalogue.begin(.of(1))
        try await catalogue.record(DurablePiece(.chunk(index: 1)), of: id(1), seen: time(1))
        try await catalogue.begin(.of(2, content: [1, 2, 3]))
        try await catalogue.begin(.of(3))
        try await catalogue.forgetGarbage(try await catalogue.abort(3))
        for number in 4...5 {
            try await catalogue.begin(.of(number, isPartial: true))
            try await catalogue.commit(number)
        }
        try await catalogue.begin(.of(6, layout: .append, length: nil, parts: [id(4), id(5)]))
        try await catalogue.commit(6, length: 50)
        try await catalogue.begin(.of(10, content: [1], recipe: .photo))
        let assets = [
            NewAsset(
                id: AssetId(id(7)), draft: AssetDraft(kind: .original, content: .blob(BlobId(id(2)))), digest: nil),
            NewAsset(
                id: AssetId(id(8)), draft: AssetDraft(kind: .thumb, content: .inline([1, 2], contentType: "a/b")),
                digest: nil),
        ]
        _ = try await catalogue.createMemory(
            MemoryDraft(
                id: MemoryId(id(9)), capsule: letters.id, creator: ada, details: MemoryDetails(tags: ["a", "b\0c"]),
                createdAt: time(1), assets: assets, key: nil, fingerprint: Digest(of: []),
                limits: MemoryLimits(inlineBudgetBytes: 100, assetsMax: 10)), checkAccess: admitAll)
        #expect(try await catalogue.problems() == [])
        await catalogue.close()
    }
}
