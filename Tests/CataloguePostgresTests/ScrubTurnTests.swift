import SessionCore
import Testing
import UploadCore

@testable import CataloguePostgres

/// The turns of engines that scrub together.
@Suite struct ScrubTurnTests {
    private static let pace = ScrubPace(intervalMilliseconds: 86_400_000, bytesPerSecond: 1 << 20)

    /// Engines that claim two uploads at a time.
    private static func with(_ body: (Fixture) async throws -> Void) async throws {
        try await Fixture.with(engines: 2) { settings in
            settings.scrubStretchUploads = 2
        } _: { fixture in
            try await body(fixture)
        }
    }

    private static func begin(_ count: Int, _ fixture: Fixture) async throws -> [SessionId] {
        var ids: [SessionId] = []
        for _ in 0..<count { ids.append(try await fixture.begin(fixture.draft()).id) }
        return ids
    }

    private static func turn(
        _ fixture: Fixture, _ engine: Int, verified: ScrubTurn.Upload? = nil, bytes: UInt64 = 0, findings: UInt64 = 0
    ) async throws -> ScrubTurn {
        try await fixture.engine(engine).takeScrubTurn(
            ScrubReport(lastVerified: verified?.number, cost: bytes, findings: findings), pace)
    }

    @Test func `engines verify different uploads, each once, and the last one ends the scrub`() async throws {
        try await Self.with { fixture in
            let ids = try await Self.begin(5, fixture)
            _ = try await fixture.end(ids[1])
            let first = try await Self.turn(fixture, 0).uploads
            let second = try await Self.turn(fixture, 1).uploads
            // Those that have ended are passed over.
            #expect(first.map(\.id) == [ids[0], ids[2]] && second.map(\.id) == [ids[3], ids[4]])
            // Begun later: of the next scrub.
            _ = try await Self.begin(1, fixture)
            #expect(try await Self.turn(fixture, 0, verified: first[0], findings: 2).uploads == [first[1]])
            // A repeated turn is told the same.
            #expect(try await Self.turn(fixture, 0, verified: first[0]).uploads == [first[1]])
            #expect(try await Self.turn(fixture, 0, verified: first[1]).work == .nothing)
            #expect(try await Self.turn(fixture, 1, verified: second[1], findings: 1).work == .complete(findings: 3))
            #expect(try await Self.turn(fixture, 0).work == .nothing)
            #expect(try await fixture.database.sql("SELECT holder FROM scrub_stretches") == [])
            try await fixture.database.sql("UPDATE scrub SET began_at = began_at - interval '1 day'")
            #expect(try await Self.turn(fixture, 0).uploads.map(\.id) == [ids[0], ids[2]])
        }
    }

    /// The last upload of a scrub, which engine 0 holds after it has verified the one before.
    private static func lastUpload(_ fixture: Fixture) async throws -> ScrubTurn.Upload {
        _ = try await begin(2, fixture)
        let uploads = try await turn(fixture, 0).uploads
        try #require(uploads.count == 2)
        #expect(try await turn(fixture, 0, verified: uploads[0]).uploads == [uploads[1]])
        #expect(try await turn(fixture, 1).work == .nothing)
        return uploads[1]
    }

    @Test func `a stretch whose holder leaves goes to another engine at once, the rest of it only`() async throws {
        try await Self.with { fixture in
            let last = try await Self.lastUpload(fixture)
            // Another's stretch stays.
            try await fixture.engine(1).leaveScrub()
            #expect(try await Self.turn(fixture, 1).work == .nothing)
            try await fixture.engine(0).leaveScrub()
            #expect(try await Self.turn(fixture, 1).uploads == [last])
            #expect(try await Self.turn(fixture, 1, verified: last).work == .complete(findings: 0))
        }
    }

    @Test func `a stretch whose holder takes no turn goes to another engine, the rest of it only`() async throws {
        try await Self.with { fixture in
            let last = try await Self.lastUpload(fixture)
            try await fixture.database.sql("UPDATE scrub_stretches SET expires_at = now() + interval '1 minute'")
            #expect(try await Self.turn(fixture, 1).work == .nothing)
            try await fixture.database.sql("UPDATE scrub_stretches SET expires_at = now()")
            #expect(try await Self.turn(fixture, 1).uploads == [last])
            // It wakes, and has nothing to say about what is another's.
            #expect(try await Self.turn(fixture, 0, verified: last).work == .nothing)
            #expect(try await Self.turn(fixture, 1, verified: last).work == .complete(findings: 0))
        }
    }

    @Test func `all engines together keep the rate`() async throws {
        try await Self.with { fixture in
            _ = try await Self.begin(4, fixture)
            let first = try await Self.turn(fixture, 0, bytes: 600 << 20).waitMilliseconds
            let second = try await Self.turn(fixture, 1, bytes: 600 << 20).waitMilliseconds
            let third = try await Self.turn(fixture, 0).waitMilliseconds
            // Ten minutes each, less what the test takes.
            #expect((500_000...600_000).contains(first))
            #expect((1_100_000...1_200_000).contains(second) && second > first)
            #expect((1_100_000...second).contains(third))
        }
    }

    @Test func `what is ahead of the server's clock by days was written before the clock was set back`() async throws {
        try await Self.with { fixture in
            let ids = try await Self.begin(2, fixture)
            // In time: the scrub is over, and the next one not due.
            let uploads = try await Self.turn(fixture, 0).uploads
            #expect(try await Self.turn(fixture, 0, verified: uploads[1]).work == .complete(findings: 0))
            try await fixture.database.sql("UPDATE scrub SET began_at = now() + interval '1 hour'")
            #expect(try await Self.turn(fixture, 1).work == .nothing)
            try await fixture.database.sql(
                "UPDATE scrub SET began_at = now() + interval '9 days', paced_until = now() + interval '9 days'")
            let turn = try await Self.turn(fixture, 1)
            #expect(turn.uploads.map(\.id) == ids && turn.waitMilliseconds <= 86_400_000)
            try await fixture.database.sql("UPDATE scrub_stretches SET expires_at = now() + interval '9 days'")
            #expect(try await Self.turn(fixture, 0).uploads.map(\.id) == ids)
        }
    }

    @Test func `a long interval, a slow rate and a large report end in no overflow`() async throws {
        try await Self.with { fixture in
            let pace = ScrubPace(intervalMilliseconds: .max, bytesPerSecond: 0)
            let turn = try await fixture.catalogue.takeScrubTurn(ScrubReport(cost: .max), pace)
            #expect(turn.work == .complete(findings: 0) && turn.waitMilliseconds == 86_400_000)
            #expect(try await fixture.catalogue.takeScrubTurn(ScrubReport(), pace).work == .nothing)
        }
    }

    @Test func `a stretch ends with the upload that makes it large`() async throws {
        try await Self.with { fixture in
            let ids = try await Self.begin(4, fixture)
            try await fixture.database.sql("UPDATE uploads SET length = \(1 << 30) WHERE id = '\\x\(ids[0].text)'")
            #expect(try await Self.turn(fixture, 0).uploads.map(\.id) == [ids[0]])
            #expect(try await Self.turn(fixture, 1).uploads.map(\.id) == [ids[1], ids[2]])
        }
    }
}

extension ScrubTurn {
    fileprivate var uploads: [Upload] {
        if case .verify(let uploads) = work { uploads } else { [] }
    }
}
