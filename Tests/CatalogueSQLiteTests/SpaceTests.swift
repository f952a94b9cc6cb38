import SessionCore
import Testing
import UploadCore
import UploadMemories
import UploadTestKit

@testable import CatalogueSQLite

/// The file after deletions: its size, and what can still be read in it.
@Suite struct SpaceTests {
    /// A draft with 15 kB of metadata that name the upload.
    private static func large(_ number: Int) -> UploadDraft {
        let name = "upload \(number) of many;"
        let opaque = String(repeating: name, count: 15_000 / name.utf8.count)
        return .of(
            number, key: name, asset: AssetMetadata(name: name, contentType: "text/\(number)", opaque: opaque))
    }

    @Test func `the file shrinks after uploads with much metadata were deleted, and stays small`() async throws {
        let store = try TemporaryStore()
        let catalogue = try await store.open().withCapsule()
        try await catalogue.begin(.of(1_000_000 - 1))
        try await catalogue.compact()
        var sizes: [Int] = []
        for round in 0..<3 {
            let numbers = round * 1500...round * 1500 + 1499
            let begun = await together(numbers) { number throws(UploadError) in
                try await catalogue.begin(Self.large(number))
            }
            let ended = await together(numbers) { number throws(UploadError) in try await catalogue.abort(number) }
            #expect(begun.succeeded.count == 1500 && ended.succeeded.count == 1500)
            try await catalogue.forgetGarbage(try await catalogue.garbage(limit: .max))
            // Until nothing is left to do.
            for _ in 0..<3 { try await catalogue.compact() }
            _ = try await catalogue.countByStatus()
            sizes.append(try store.size("") + store.size("-wal"))
            while try await !catalogue.removeEnded(before: time(21), limit: 256).isEmpty {}
        }
        // A tombstone and its index entries have less than 400 bytes; the metadata of a round has 24 MB.
        #expect(sizes.allSatisfy { $0 < 200_000 + 400 * 1500 }, "\(sizes)")
        #expect(try await catalogue.countByStatus().aborted == 1)
        #expect(try await catalogue.problems() == [])
        try await catalogue.compact()
        _ = try await catalogue.countByStatus()
        #expect(try store.size("") + store.size("-wal") < 300_000)
        await catalogue.close()
    }

    @Test func `the metadata of ended uploads is neither in the file nor in the log`() async throws {
        let store = try TemporaryStore()
        let catalogue = try await store.open().withCapsule()
        for number in 1...60 {
            // Of all sizes: in the row, and in pages of their own.
            let name = "secret \(number)."
            let opaque = String(repeating: name, count: number * number / 4)
            let asset = AssetMetadata(name: name, contentType: "text/\(name)", opaque: opaque)
            try await catalogue.begin(.of(number, key: name, isPartial: true, asset: asset))
            if number % 3 == 0 { try await catalogue.commit(number) }
        }
        try await catalogue.amend(
            id(1), asset: AssetMetadata(name: "another"), length: nil, fence: .initial, seen: time(5))
        #expect(Self.mentions("secret", store) > 60)
        for number in 1...60 { try await catalogue.abort(number) }
        try await catalogue.compact()
        // The next call is served after the checkpoint.
        _ = try await catalogue.countByStatus()
        #expect(Self.mentions("secret", store) == 0)
        #expect(Self.mentions("another", store) == 0)
        await catalogue.close()
        #expect(Self.mentions("secret", store) == 0)
    }

    @Test func `a deleted memory, and a replaced title, are neither in the file nor in the log`() async throws {
        let store = try TemporaryStore()
        let catalogue = try await store.open().withCapsule()
        let thumb = Array(String(repeating: "secret picture;", count: 2000).utf8)
        let details = MemoryDetails(
            title: "secret title", text: String(repeating: "secret text;", count: 900), tags: ["secret tag"])
        for number in 1...2 {
            let asset = AssetDraft(kind: .thumb, content: .inline(thumb, contentType: "image/webp"))
            _ = try await catalogue.createMemory(
                MemoryDraft(
                    id: MemoryId(id(number)), capsule: letters.id, creator: ada, details: details, createdAt: time(1),
                    assets: number == 1 ? [NewAsset(id: AssetId(id(3)), draft: asset, digest: nil)] : [], key: nil,
                    fingerprint: Digest(of: []), limits: MemoryLimits(inlineBudgetBytes: 1 << 20, assetsMax: 9)),
                checkAccess: admitAll)
        }
        #expect(Self.mentions("secret", store) > 1000)
        _ = try await catalogue.deleteMemory(
            MemoryId(id(1)), withBlobs: false, at: time(2), checkAccess: admitAll)
        _ = try await catalogue.updateMemory(MemoryId(id(2)), checkAccess: admitAll) { $0 = MemoryDetails() }
        try await catalogue.compact()
        _ = try await catalogue.countByStatus()
        #expect(Self.mentions("secret", store) == 0)
        await catalogue.close()
    }

    @Test func `without deletions a compaction writes nothing`() async throws {
        let store = try TemporaryStore()
        let catalogue = try await store.open().withCapsule()
        try await catalogue.begin(.of(1))
        let commits = catalogue.statistics.commits
        let size = try store.size("-wal")
        try await catalogue.compact()
        _ = try await catalogue.countByStatus()
        #expect(catalogue.statistics.commits == commits)
        #expect(try store.size("-wal") == size)
        await catalogue.close()
    }

    @Test func `a number in the catalogue is used once`() async throws {
        let store = try TemporaryStore()
        let catalogue = try await store.open().withCapsule()
        for number in 1...3 {
            try await catalogue.begin(.of(number))
            try await catalogue.abort(number)
        }
        #expect(try await catalogue.removeEnded(before: time(21), limit: 9) == [id(1), id(2)])
        try await catalogue.begin(.of(4))
        #expect(try await catalogue.removeEnded(before: time(21), limit: 9) == [id(3)])
        await catalogue.close()
        #expect(try store.number("SELECT seq FROM uploads") == 4)
    }

    @Test func `a transaction of deletions is bounded by what they write to the log`() {
        let queue = BatchQueue(countMax: 10_000, bytesMax: 1)
        let body: @Sendable (Queries) throws(UploadError) -> Void = { _ throws(UploadError) in }
        for _ in 0..<300 {
            _ = queue.append(Operation(writes: true, freesSpace: true, byteCost: 0, body) { _ in })
        }
        guard case .transaction(let operations) = queue.next() else {
            Issue.record("nothing waits")
            return
        }
        #expect(operations.count == 128)
    }

    /// How often a text occurs in the database and its log together.
    private static func mentions(_ text: String, _ store: TemporaryStore) -> Int {
        ["", "-wal"].reduce(0) { count, suffix in
            count + (TestFiles.read(store.path + suffix) ?? []).ranges(of: Array(text.utf8)).count
        }
    }
}
