import SessionCore
import Testing
import UploadCore
import UploadTestKit

@Suite struct RetentionTests {
    private static let day: Int64 = 24 * 60 * 60 * 1000

    private func aborted(_ fixture: Fixture) async throws -> SessionId {
        let id = try await fixture.begin(length: 25, key: "key")
        try await fixture.service.abort(id, by: fixture.ben)
        return id
    }

    @Test(arguments: [(0, false), (1, true)] as [(Int64, Bool)])
    func `an ended upload is gone for its retention, and not found afterwards`(
        _ offset: Int64, _ isRemoved: Bool
    ) async throws {
        for isInMemory in [true, false] {
            let fixture = try await Fixture { $0.endedRetentionMilliseconds = Self.day }
            let id = try await aborted(fixture)
            let ended = fixture.clock.now()
            _ = try await fixture.begin(length: 25, key: "key")
            fixture.clock.advance(milliseconds: Self.day + offset)
            let sessions = isInMemory ? fixture.sessions : try fixture.reopened().sessions
            // The upload is in memory now.
            #expect(try await sessions.get(id).session.meta.status == .aborted(at: ended))
            try await sessions.cleanupExpiredSessions()
            if isRemoved {
                await expectRefusal(.notFound) { try await sessions.get(id) }
                await expectRefusal(.notFound) { try await sessions.abort(id) }
            } else {
                #expect(try await sessions.get(id).session.meta.status == .aborted(at: ended))
            }
        }
    }

    @Test func `a retention of 0 keeps ended uploads for ever`() async throws {
        let fixture = try await Fixture { $0.endedRetentionMilliseconds = 0 }
        let id = try await aborted(fixture)
        _ = try await fixture.begin(length: 25)
        fixture.clock.advance(milliseconds: 10_000 * Self.day)
        try await fixture.sessions.cleanupExpiredSessions()
        #expect(try await fixture.status(id).isAborted)
    }

    @Test func `many ended uploads are removed by one sweep, in several calls`() async throws {
        let fixture = try await Fixture { $0.activeUploadsMax = 1000 }
        var ids: [SessionId] = []
        for _ in 0..<600 { ids.append(try await aborted(fixture)) }
        _ = try await fixture.begin(length: 25)
        fixture.clock.advance(milliseconds: fixture.limits.endedRetentionMilliseconds + 1)
        try await fixture.sessions.cleanupExpiredSessions()
        // The last begun expired in this sweep.
        let counts = try await fixture.sessions.sessionCountByStatus()
        #expect(counts.aborted == 0 && counts.expired == 1)
    }

    @Test func `nothing is removed in the grace after opening`() async throws {
        let fixture = try await Fixture { $0.expiryGraceMilliseconds = 1000 }
        let id = try await aborted(fixture)
        _ = try await fixture.begin(length: 25)
        fixture.clock.advance(milliseconds: fixture.limits.endedRetentionMilliseconds + 1)
        let sessions = try fixture.reopened().sessions
        fixture.clock.advance(milliseconds: 999)
        try await sessions.cleanupExpiredSessions()
        #expect(try await sessions.get(id).session.meta.status.isAborted)
        fixture.clock.advance(milliseconds: 1)
        try await sessions.cleanupExpiredSessions()
        await expectRefusal(.notFound) { try await sessions.get(id) }
    }

    @Test func `a clock that steps forward by more than the retention removes nothing`() async throws {
        let fixture = try await Fixture { $0.endedRetentionMilliseconds = Self.day }
        let id = try await aborted(fixture)
        _ = try await fixture.begin(length: 25)
        fixture.clock.step(milliseconds: 3 * Self.day)
        try await fixture.sessions.cleanupExpiredSessions()
        #expect(try await fixture.status(id).isAborted)
        fixture.clock.advance(milliseconds: Self.day)
        try await fixture.sessions.cleanupExpiredSessions()
        #expect(try await fixture.status(id).isAborted)
        fixture.clock.advance(milliseconds: 1)
        try await fixture.sessions.cleanupExpiredSessions()
        await expectRefusal(.notFound) { try await fixture.sessions.get(id) }
    }

    @Test func `a part is kept as long as a concatenation has its bytes`() async throws {
        let fixture = try await Fixture { $0.endedRetentionMilliseconds = Self.day }
        let part = try await fixture.commit(content(25), isPartial: true)
        let whole = try await fixture.service.concatenate(fixture.request(.append), parts: [part], by: fixture.ben)
        try await fixture.service.abort(part, by: fixture.ben)
        fixture.clock.advance(milliseconds: 2 * Self.day)
        try await fixture.sessions.cleanupExpiredSessions()
        #expect(try await fixture.status(part).isAborted)
        #expect(try await fixture.read(whole.id) == content(25))
        try await fixture.service.deleteBlob(BlobId(whole.id), by: fixture.ben)
        _ = try await fixture.begin(length: 25)
        try await fixture.sessions.cleanupExpiredSessions()
        await expectRefusal(.notFound) { try await fixture.sessions.get(part) }
        #expect(try await fixture.stored() == (0, 0))
    }
}
