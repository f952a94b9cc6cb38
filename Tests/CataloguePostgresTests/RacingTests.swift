import CataloguePostgres
import SessionCore
import Testing
import UploadCore
import UploadDerivation
import UploadTestKit

/// Several engines, each with its own catalogue over one database.
@Suite struct RacingTests {
    @Test func `of concurrent begins with one key on several engines one creates`() async throws {
        try await Fixture.with(engines: 3) { fixture in
            let answers = try await together(48) { number in
                try await fixture.engine(number).begin(fixture.draft(key: "key"), checkAccess: admitAll)
            }
            #expect(answers.count { if case .created = $0 { true } else { false } } == 1)
            #expect(Set(answers.map(\.record.id)).count == 1)
        }
    }

    @Test func `concurrent begins on several engines do not pass the limit of active uploads`() async throws {
        try await Fixture.with(engines: 3) { fixture in
            let refusals = try await together(48) { number in
                await refusal { () throws(UploadError) in
                    try await fixture.engine(number).begin(fixture.draft(activeMax: 10), checkAccess: admitAll)
                }
            }
            #expect(refusals.count { $0 == nil } == 10)
            #expect(refusals.count { $0 == .tooMany } == 38)
            #expect(try await fixture.catalogue.countByStatus().pending == 10)
        }
    }

    @Test func `a small blob waits for other calls of its owner only if a quota or a key may refuse it`() async throws {
        try await Fixture.with { fixture in
            let impatient = try await fixture.database.open { settings in
                // A busy machine needs less to open it.
                settings.statementTimeout = .seconds(3)
                settings.repetitionsMax = 0
            }
            let bytes: [UInt8] = [1, 2, 3]
            let limited = [
                fixture.draft(content: bytes, quotas: Quotas(standardBytes: 100)),
                fixture.draft(key: "key", content: bytes), fixture.draft(recipe: .photo, content: bytes),
                fixture.draft(),
            ]
            // As a call does that counts what the owner has; until the end.
            let lock = "SELECT pg_advisory_xact_lock(hashtextextended('ada', 0))"
            let codes = try await fixture.database.whileLocked(lock, until: .max) {
                _ = try await fixture.begin(fixture.draft(content: bytes))
                return try await together(limited.count) { number in
                    await refusal { () throws(UploadError) in
                        try await impatient.begin(limited[number], checkAccess: admitAll)
                    }
                }
            }
            #expect(codes == Array(repeating: .unavailable, count: 4))
            for draft in limited { _ = try await fixture.begin(draft) }
            await impatient.close()
        }
    }

    @Test func `the last pending uploads of a caller end at the same time`() async throws {
        try await Fixture.with(engines: 3) { fixture in
            for _ in 0..<20 {
                var uploads: [SessionId] = []
                for _ in 0..<3 { uploads.append(try await fixture.begin(fixture.draft()).id) }
                _ = try await together(3) { [uploads] number in
                    try await fixture.commit(uploads[number], length: 25, by: number)
                }
            }
            #expect(try await fixture.catalogue.countByStatus().pending == 0)
        }
    }

    @Test func `after a claim by another engine nothing is recorded for the earlier holder`() async throws {
        try await Fixture.with(engines: 2) { fixture in
            let upload = try await fixture.begin(fixture.draft(isAppend: true))
            let ends = try await together(40) { number in
                let claimed = try await fixture.engine(number).claim(upload.id)
                guard let claimed else { throw ContractViolation("the upload is gone") }
                let end = claimed.session.offset + 1
                let refused = await refusal { () throws(UploadError) in
                    try await fixture.engine(number).record(
                        DurablePiece(.append(through: end)), of: upload.id, fence: claimed.fence, seen: fixture.time(3))
                }
                #expect(refused == nil || refused == .superseded)
                return refused == nil ? end : nil
            }
            // Every holder that was not fenced off has added one byte to what it was told.
            let recorded = ends.compactMap(\.self).sorted()
            #expect(recorded == Array(1...UInt64(max(1, recorded.count))))
            #expect(try await fixture.catalogue.upload(upload.id)?.session.offset == UInt64(recorded.count))
            #expect(try await fixture.catalogue.upload(upload.id)?.fence == Fence(epoch: 40))
        }
    }

    @Test func `parts that are committed at the same time complete their concatenation`() async throws {
        try await Fixture.with(engines: 3) { fixture in
            var parts: [SessionId] = []
            for _ in 0..<12 { parts.append(try await fixture.begin(fixture.draft(isPartial: true)).id) }
            let whole = try await fixture.begin(fixture.draft(parts: parts)).id
            _ = try await together(12) { [parts] number in
                try await fixture.commit(parts[number], length: 25, by: number)
            }
            #expect(try await fixture.catalogue.partsStatus(of: whole) == PartsStatus(pending: 0, length: 300))
            try await fixture.commit(whole, length: 300)
        }
    }

    @Test func `bytes that several concatenations share are freed once, with the last of them`() async throws {
        try await Fixture.with(engines: 3) { fixture in
            let part = try await fixture.committedPart()
            var wholes: [SessionId] = []
            for _ in 0..<9 {
                let whole = try await fixture.begin(fixture.draft(parts: [part.id])).id
                try await fixture.commit(whole, length: 25)
                wholes.append(whole)
            }
            #expect(try await fixture.end(part.id) == [])
            let freed = try await together(9) { [wholes] number in
                try await fixture.engine(number).deleteBlob(
                    BlobId(wholes[number]), at: fixture.time(3), checkAccess: admitAll)
            }
            #expect(freed.flatMap(\.self) == [part.meta.key])
        }
    }

    @Test func `parts end, are continued and concatenated at the same time, and nothing is half done`() async throws {
        try await Fixture.with(engines: 3) { fixture in
            for _ in 0..<5 {
                var parts: [SessionId] = []
                for _ in 0..<4 { parts.append(try await fixture.begin(fixture.draft(isPartial: true)).id) }
                let whole = fixture.draft(parts: parts)
                _ = try await together(12) { [parts] number in
                    let part = parts[number % 4]
                    let code: UploadError.Code?
                    switch number / 4 {
                    case 0:
                        code = await refusal { () throws(UploadError) in
                            try await fixture.engine(number).begin(whole, checkAccess: admitAll)
                        }
                    case 1:
                        code = await refusal { () throws(UploadError) in
                            try await fixture.engine(number).end(
                                part, as: .aborted(at: fixture.time(2)), unlessSeenSince: nil)
                        }
                    default:
                        code = await refusal { () throws(UploadError) in
                            try await fixture.engine(number).record(
                                DurablePiece(.chunk(index: 0)), of: part, seen: fixture.time(2))
                        }
                    }
                    #expect(code != .unavailable && code != .storeCorrupt)
                }
                #expect(try await fixture.catalogue.problems() == [])
            }
        }
    }

    @Test func `a derivation is started by one engine, and by another when that has had its time`() async throws {
        try await Fixture.with(engines: 2) { fixture in
            let upload = try await fixture.begin(fixture.draft(recipe: .photo))
            try await fixture.commit(upload.id, length: 25)
            let started = try await together(8) { number in
                try await fixture.engine(number).startDerivation(of: upload.id) == nil ? nil : number % 2
            }
            let holder = try #require(started.compactMap(\.self).first)
            #expect(Set(started.compactMap(\.self)) == [holder])
            let (mine, others) = (fixture.engine(holder), fixture.engine(holder + 1))
            func due(_ engine: CataloguePostgres) async throws -> DueDerivations {
                try await engine.dueDerivations(at: fixture.time(5), after: nil, excluding: [], limit: 9)
            }
            #expect(try await due(mine).derivations.map(\.upload) == [upload.id])
            #expect(try await due(others).derivations == [])
            // It asks again when the holder's time is over: ten minutes.
            let next = try #require(try await due(others).nextDueAt)
            #expect((fixture.time(300_000)...fixture.time(600_010)).contains(next))
            try await fixture.database.sql("UPDATE derivations SET held_since = held_since - interval '10 minutes'")
            #expect(try await due(others).derivations.map(\.upload) == [upload.id])
            #expect(try await others.startDerivation(of: upload.id) != nil)
            #expect(try await mine.startDerivation(of: upload.id) == nil)
        }
    }

    @Test func `a node that was frozen while it derived changes nothing for the attempt that followed`() async throws {
        try await Fixture.with(engines: 2) { fixture in
            let upload = try await fixture.begin(fixture.draft(recipe: .photo))
            try await fixture.commit(upload.id, length: 25)
            let (frozen, other) = (fixture.engine(0), fixture.engine(1))
            #expect(try await frozen.startDerivation(of: upload.id)?.attempts == 1)
            try await fixture.database.sql("UPDATE derivations SET held_since = held_since - interval '10 minutes'")
            let started = try await other.startDerivation(of: upload.id)
            #expect(started?.attempts == 2)
            for attempt in [1, nil] {
                try await frozen.postponeDerivation(
                    of: upload.id, attempt: attempt, until: fixture.time(99), reason: "late", takesAttemptBack: true)
            }
            let failure = fixture.memory(derivationError: "late")
            #expect(try await frozen.finishDerivation(of: upload.id, attempt: 1, with: failure) == nil)
            #expect(try await fixture.catalogue.derivation(of: upload.id) == started)
            // When the other attempt is taken back, the number is the first one's again.
            try await other.postponeDerivation(
                of: upload.id, attempt: 2, until: fixture.time(5), reason: nil, takesAttemptBack: true)
            let postponed = try await fixture.catalogue.derivation(of: upload.id)
            #expect(postponed?.attempts == 1)
            try await frozen.postponeDerivation(
                of: upload.id, attempt: 1, until: fixture.time(99), reason: "late", takesAttemptBack: true)
            #expect(try await fixture.catalogue.derivation(of: upload.id) == postponed)
        }
    }

    @Test func `several engines sweep at once, and each key is removed as often as it is due`() async throws {
        try await Fixture.with(engines: 3) { settings in
            settings.announcementLifetime = .zero
            settings.removalDelays = [.zero, .seconds(3600)]
        } _: { fixture in
            try await fixture.catalogue.announce((0..<20).map { fixture.key("\($0)") })
            let found = try await together(3) { number in try await fixture.engine(number).garbage(limit: 100) }
            #expect(Set(found.flatMap(\.self)).count == 20)
            #expect(try await fixture.catalogue.garbage(limit: 7).count == 7)
            let all = try await fixture.catalogue.garbage(limit: 100)
            // Due again at once, then in an hour, then never.
            try await fixture.catalogue.forgetGarbage(all)
            #expect(try await fixture.engine(1).garbage(limit: 100).count == 20)
            try await fixture.engine(1).forgetGarbage(all)
            #expect(try await fixture.engine(2).garbage(limit: 100) == [])
            try await fixture.engine(2).forgetGarbage(all)
            try await fixture.database.sql("UPDATE garbage SET due_at = due_at - interval '1 hour'")
            #expect(try await fixture.engine(2).garbage(limit: 100).count == 20)
            try await fixture.engine(2).forgetGarbage(all)
            #expect(try await fixture.database.sql("SELECT key FROM garbage") == [])
        }
    }

    @Test func `a segment whose announcement became garbage is not recorded`() async throws {
        try await Fixture.with(engines: 2) { settings in
            settings.announcementLifetime = .zero
        } _: { fixture in
            let upload = try await fixture.begin(fixture.draft())
            let receipt = fixture.receipt(0..<10, "segment")
            let chunk = DurablePiece(.chunk(index: 0), receipts: [receipt], digest: Digest(of: [1]))
            try await fixture.catalogue.announce([receipt.key])
            #expect(try await fixture.engine(1).garbage(limit: 9) == [receipt.key])
            let code = await refusal { () throws(UploadError) in
                try await fixture.catalogue.record(chunk, of: upload.id, seen: fixture.time(1))
            }
            #expect(code == .unavailable)
            #expect(try await fixture.catalogue.upload(upload.id)?.session.pieces.contains(0) == false)
        }
    }
}
