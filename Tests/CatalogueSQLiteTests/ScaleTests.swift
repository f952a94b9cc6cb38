import SessionCore
import Testing
import UploadCore
import UploadTestKit
import UploadDerivation

@testable import CatalogueSQLite

@Suite struct ScaleTests {
    @Test func `with 20,000 pending uploads opening, beginning and sweeping read only what they need`() async throws {
        let store = try TemporaryStore()
        var catalogue = try await store.open().withCapsule()
        try await catalogue.write { queries throws(UploadError) in
            for number in 1...20_000 { _ = try queries.begin(.of(number, seen: Int64(number)), checkAccess: admitAll) }
        }
        await catalogue.close()

        let cost = Cost()
        catalogue = try await store.open()
        try await catalogue.read { queries throws(UploadError) in queries.connection.countSteps(in: cost) }
        /// What the body returns, after few steps.
        func cheaply<Value>(_ body: () async throws -> Value) async throws -> Value {
            let before = cost.steps
            let value = try await body()
            #expect(cost.steps - before < 1000)
            return value
        }
        _ = try await cheaply { try await catalogue.begin(.of(30_000)) }
        let pending = try await cheaply { try await catalogue.countByStatus().pending }
        #expect(pending == 20_001)
        let active = try await cheaply { try await catalogue.countActive(capsule: letters.id, caller: ada) }
        #expect(active == 20_001)
        let due = try await cheaply { try await catalogue.lastSeen(before: time(11), limit: 5) }
        #expect(due == [30_000, 1, 2, 3, 4].map { id($0) })
        for capsule in [nil, letters.id] {
            for caller in [nil, ada] {
                let filter = UploadFilter(state: .pending, capsule: capsule, caller: caller)
                let page = try await cheaply {
                    try await catalogue.uploads(filter, after: id(10_000), limit: 3).map(\.id)
                }
                #expect(page == (10_001...10_003).map { id($0) })
            }
        }
        #expect(cost.steps > 0)
        await catalogue.close()
    }

    @Test func `with 20,000 pending derivations of one caller the next ones are found as cheaply as one`() async throws
    {
        let zoe = Principal("zoe")
        let store = try TemporaryStore()
        var catalogue = try await store.open().withCapsule()
        try await catalogue.write { queries throws(UploadError) in
            for number in 1...20_000 {
                _ = try queries.begin(
                    .of(number, seen: Int64(number), content: [1], recipe: .photo), checkAccess: admitAll)
            }
            _ = try queries.begin(
                .of(30_000, caller: zoe, seen: 30_000, content: [1], recipe: .photo), checkAccess: admitAll)
        }
        // Also after an opening, which reads them.
        await catalogue.close()
        catalogue = try await store.open()
        let cost = Cost()
        try await catalogue.read { queries throws(UploadError) in queries.connection.countSteps(in: cost) }
        let (last, before) = (20_000, 19_999)
        for (caller, expected) in [
            (nil, [last, 30_000, before]), (ada, [30_000, last, before]), (zoe, [last, 30_000, before]),
        ] {
            let due = try await catalogue.dueDerivations(at: time(50_000), after: caller, excluding: [], limit: 3)
            #expect(due.derivations.map(\.upload) == expected.map { id($0) })
        }
        let attempt = try #require(try await catalogue.startDerivation(of: id(last))).attempts
        try await catalogue.postponeDerivation(
            of: id(last), attempt: attempt, until: time(60_000), reason: nil, takesAttemptBack: false)
        let due = try await catalogue.dueDerivations(at: time(50_000), after: zoe, excluding: [id(before)], limit: 1)
        #expect(due == DueDerivations(derivations: due.derivations, nextDueAt: time(60_000)))
        #expect(due.derivations.map(\.upload) == [id(19_998)])
        #expect(cost.steps > 0 && cost.steps < 2000, "\(cost.steps) steps")
        await catalogue.close()
    }

    @Test func `reading a concatenation costs the same whatever the number of its parts`() async throws {
        let store = try TemporaryStore()
        let catalogue = try await store.open().withCapsule()
        try await catalogue.write { queries throws(UploadError) in
            for number in 1...5000 {
                _ = try queries.begin(.of(number, isPartial: true), checkAccess: admitAll)
                guard number > 1 else { continue }
                _ = try queries.commit(
                    id(number), length: 25, digest: .whole(Digest(of: [2])), at: time(1), checkAccess: admitAll)
            }
        }
        try await catalogue.begin(.of(6000, layout: .append, length: nil, parts: (1...5000).map { id($0) }))
        let cost = Cost()
        try await catalogue.read { queries throws(UploadError) in queries.connection.countSteps(in: cost) }
        #expect(try await catalogue.partsStatus(of: id(6000)) == PartsStatus(pending: 1, length: 125_000))
        #expect(try await catalogue.upload(id(6000))?.parts.count == 5000)
        try await catalogue.commit(1)
        #expect(cost.steps < 1000)
        try await catalogue.commit(6000, length: 125_000)
        let before = cost.steps
        #expect(try await catalogue.blob(BlobId(id(6000)))?.blob.extents.count == 5000)
        #expect(cost.steps - before < 1000)
        await catalogue.close()
    }

    @Test func `the summary of a concatenation reads nothing of its parts`() async throws {
        let store = try TemporaryStore()
        let catalogue = try await store.open().withCapsule()
        try await catalogue.begin(.of(1, isPartial: true))
        try await catalogue.commit(1, length: 25)
        try await catalogue.begin(.of(2, layout: .append, length: nil, parts: [id(1)]))
        try await catalogue.commit(2, length: 25)
        let blob = try #require(try await catalogue.blob(BlobId(id(2)))).blob
        // What is not read cannot be found damaged.
        try await catalogue.write { queries throws(UploadError) in
            try queries.connection.execute("UPDATE concatenations SET extents = x'00', part_ids = x'00'")
        }
        let found = try #require(try await catalogue.summary(of: BlobId(id(2))))
        #expect(found.summary == blob.summary && found.capsule.id == letters.id)
        await #expect(throws: UploadError.self) { try await catalogue.blob(BlobId(id(2))) }
        await catalogue.close()
    }

    @Test func `a page of uploads is one call and few statements`() async throws {
        let store = try TemporaryStore()
        let catalogue = try await store.open().withCapsule()
        for number in 1...100 { try await catalogue.begin(.of(number, content: [1], recipe: .photo)) }
        try await catalogue.begin(.of(101))
        try await catalogue.record(DurablePiece(.chunk(index: 1)), of: id(101), seen: time(1))
        let before = catalogue.statistics.operations
        let page = try await catalogue.uploads(UploadFilter(capsule: letters.id), after: nil, limit: 1000)
        #expect(catalogue.statistics.operations - before == 1)
        #expect(page.prefix(100).allSatisfy { $0.derivation?.upload == $0.id && $0.derivation?.state == .pending })
        #expect(page.last?.record.session.pieces.ranges() == [1...1] && page.count == 101)
        await catalogue.close()
    }

    @Test func `a ledger of a million chunks is written a page at a time`() async throws {
        let store = try TemporaryStore()
        let catalogue = try await store.open().withCapsule()
        try await catalogue.begin(.of(1, layout: .chunks(size: 1), length: 1_000_000))
        let chunks: [UInt64] = [0, 7, 8, 63, 64, 4095, 4096, 8191, 999_999]
        for index in chunks.reversed() {
            try await catalogue.record(DurablePiece(.chunk(index: index)), of: id(1), seen: time(1))
        }
        let pieces = try #require(try await catalogue.upload(id(1))).session.pieces
        #expect(pieces.ranges().joined().map { $0 } == chunks)
        await catalogue.close()
        #expect(try store.number("SELECT max(length(bits)) FROM ledger") == 512)
        #expect(try store.number("SELECT count(*) FROM ledger") == 3)
    }

    @Test func `a small upload is one row and one piece of bytes, and a commit leaves no ledger behind`() async throws {
        let store = try TemporaryStore()
        let catalogue = try await store.open().withCapsule()
        try await catalogue.begin(.of(1, content: [UInt8](repeating: 7, count: 4096)))
        try await catalogue.begin(.of(2))
        for index in 0..<3 as Range<UInt64> {
            try await catalogue.record(DurablePiece(.chunk(index: index)), of: id(2), seen: time(1))
        }
        try await catalogue.commit(2)
        await catalogue.close()
        #expect(try store.number("SELECT count(*) FROM uploads") == 2)
        #expect(try store.number("SELECT count(*) FROM bytes") == 1)
        #expect(try store.number("SELECT count(*) FROM ledger") == 0)
    }

    @Test func `long logs become part of the main file while the catalogue is open`() async throws {
        let store = try TemporaryStore()
        let catalogue = try await store.open().withCapsule()
        for number in 1...40 { try await catalogue.begin(.of(number, content: [UInt8](repeating: 7, count: 1 << 20))) }
        #expect(try store.size("-wal") < 12 << 20)
        #expect(try store.size("") > 30 << 20)
        await catalogue.close()
        #expect(try store.size("-wal") == 0)
    }
}
