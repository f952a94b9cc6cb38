import CataloguePostgres
import SessionCore
import Testing
import UploadCore
import UploadTestKit

/// What one engine must not do to another, one law at a time: each of these tests finds a fault that scripts/mutation-check
/// plants in the SQL.
@Suite struct SharedFactsTests {
    @Test func `what another engine has claimed is not committed under the earlier fence`() async throws {
        try await Fixture.with(engines: 2) { fixture in
            let upload = try await fixture.begin(fixture.draft())
            let claimed = try #require(try await fixture.engine(1).claim(upload.id))
            let code = await refusal { () throws(UploadError) in
                try await fixture.catalogue.commit(
                    upload.id, length: 25, digest: fixture.digest, fence: upload.fence, at: fixture.time(1),
                    checkAccess: admitAll)
            }
            #expect(code == .superseded)
            let record = try await fixture.engine(1).commit(
                upload.id, length: 25, digest: fixture.digest, fence: claimed.fence, at: fixture.time(1),
                checkAccess: admitAll)
            #expect(record.session.meta.status == .committed(at: fixture.time(1)))
        }
    }

    @Test func `of two recordings of a chunk the first one stays`() async throws {
        try await Fixture.with(engines: 2) { fixture in
            let upload = try await fixture.begin(fixture.draft())
            let receipts = [fixture.receipt(0..<10, "first"), fixture.receipt(0..<10, "second")]
            try await fixture.catalogue.announce(receipts.map(\.key))
            func record(_ number: Int) async -> UploadError.Code? {
                let chunk = DurablePiece(
                    .chunk(index: 0), receipts: [receipts[number]], digest: Digest(of: [UInt8(number)]))
                return await refusal { () throws(UploadError) in
                    try await fixture.engine(number).record(chunk, of: upload.id, seen: fixture.time(1))
                }
            }
            #expect(await record(0) == nil)
            #expect(await record(1) == .chunkConflict)
            #expect(try await fixture.engine(1).receipts(of: upload.meta.key, in: 0..<10) == [receipts[0]])
            #expect(try await fixture.engine(1).chunkDigest(0, of: upload.id) == Digest(of: [0]))
        }
    }

    @Test func `a young announcement is not taken by a sweep, and its segment can be recorded`() async throws {
        try await Fixture.with(engines: 2) { fixture in
            let upload = try await fixture.begin(fixture.draft())
            let receipt = fixture.receipt(0..<10, "segment")
            try await fixture.catalogue.announce([receipt.key])
            #expect(try await fixture.engine(1).garbage(limit: 9) == [])
            try await fixture.catalogue.record(
                DurablePiece(.chunk(index: 0), receipts: [receipt], digest: Digest(of: [1])), of: upload.id,
                seen: fixture.time(1))
            #expect(try await fixture.engine(1).receipts(of: upload.meta.key, in: 0..<10) == [receipt])
        }
    }

    @Test func `the segments of an ended upload are garbage for every engine`() async throws {
        try await Fixture.with(engines: 2) { fixture in
            let upload = try await fixture.begin(fixture.draft())
            let receipt = fixture.receipt(0..<10, "segment")
            try await fixture.catalogue.announce([receipt.key])
            try await fixture.catalogue.record(
                DurablePiece(.chunk(index: 0), receipts: [receipt], digest: Digest(of: [1])), of: upload.id,
                seen: fixture.time(1))
            #expect(try await fixture.end(upload.id) == [receipt.key])
            #expect(try await fixture.engine(1).garbage(limit: 9) == [receipt.key])
        }
    }

    @Test func `segments of an ended upload are due after the first delay, those that were never recorded at once`()
        async throws
    {
        try await Fixture.with(engines: 2) { settings in
            settings.announcementLifetime = .zero
            settings.firstRemovalDelay = PostgresSettings.firstRemovalDelayMax
        } _: { fixture in
            let upload = try await fixture.begin(fixture.draft())
            let (recorded, other) = (fixture.receipt(0..<10, "recorded"), fixture.key("other"))
            try await fixture.catalogue.announce([recorded.key])
            try await fixture.catalogue.record(
                DurablePiece(.chunk(index: 0), receipts: [recorded], digest: Digest(of: [1])), of: upload.id,
                seen: fixture.time(1))
            try await fixture.catalogue.announce([other])
            // Nothing that the engine would remove at once.
            #expect(try await fixture.end(upload.id) == [])
            #expect(try await fixture.engine(1).garbage(limit: 9) == [other])
            // A removal before its time is none.
            try await fixture.catalogue.forgetGarbage([recorded.key])
            let removals = try await fixture.database.sql("SELECT removals FROM garbage ORDER BY due_at DESC LIMIT 1")
            #expect(removals == ["0"])
            try await fixture.database.sql("UPDATE garbage SET due_at = due_at - interval '3650 days'")
            #expect(Set(try await fixture.engine(1).garbage(limit: 9)) == [other, recorded.key])
        }
    }

    @Test func `two sweeps that have removed the same segment count one removal`() async throws {
        try await Fixture.with(engines: 2) { settings in
            settings.announcementLifetime = .zero
        } _: { fixture in
            let key = fixture.key("segment")
            try await fixture.catalogue.announce([key])
            #expect(try await fixture.catalogue.garbage(limit: 9) == [key])
            try await fixture.database.whileLocked("SELECT 1 FROM garbage FOR UPDATE", until: 2) {
                _ = try await together(2) { number in try await fixture.engine(number).forgetGarbage([key]) }
            }
            #expect(try await fixture.database.sql("SELECT removals FROM garbage") == ["1"])
        }
    }

    @Test func `a derivation that two engines are about to start is started by none, and then by one`() async throws {
        try await Fixture.with(engines: 2) { fixture in
            let upload = try await fixture.begin(fixture.draft(recipe: .photo))
            try await fixture.commit(upload.id, length: 25)
            func start() async throws -> Int {
                try await together(2) { number in
                    try await fixture.engine(number).startDerivation(of: upload.id) != nil
                }.count { $0 }
            }
            // A third engine is about to start it.
            let started = try await fixture.database.whileLocked("SELECT 1 FROM derivations FOR UPDATE", until: 2) {
                try await start()
            }
            #expect(started == 0)
            #expect(try await start() == 1)
        }
    }

    @Test func `the bytes of a growing upload count once, whichever engine records them`() async throws {
        try await Fixture.with(engines: 2) { fixture in
            let upload = try await fixture.begin(fixture.draft(isAppend: true))
            let admission = Admission(checkAccess: admitAll, allowance: Allowance(callerBytesMax: 100))
            for (number, end) in [60, 90, 100].enumerated() {
                try await fixture.engine(number).record(
                    DurablePiece(.append(through: UInt64(end))), of: upload.id, fence: upload.fence,
                    seen: fixture.time(1), admission: admission)
            }
            let code = await refusal { () throws(UploadError) in
                try await fixture.engine(1).record(
                    DurablePiece(.append(through: 101)), of: upload.id, fence: upload.fence, seen: fixture.time(1),
                    admission: admission)
            }
            #expect(code == .tooMany)
            #expect(try await fixture.engine(1).usage(of: Principal("ada")).pendingBytes == 100)
        }
    }
}
