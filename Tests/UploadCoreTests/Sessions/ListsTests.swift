import SessionCore
import Testing
import UploadCore
import UploadTestKit

@Suite struct ListsTests {
    /// Uploads of ben's in the order of their creation, a millisecond apart.
    private func begin(_ count: Int, _ fixture: Fixture) async throws -> [SessionId] {
        var ids: [SessionId] = []
        for _ in 0..<count {
            fixture.clock.advance(milliseconds: 1)
            ids.append(try await fixture.begin(length: 25))
        }
        return ids
    }

    @Test func `a caller's uploads in a capsule are listed oldest first, others' are not`() async throws {
        let fixture = try await Fixture()
        let ids = try await begin(3, fixture)
        _ = try await fixture.service.beginUpload(fixture.request(length: 5), by: fixture.anna)
        let listed = try await fixture.sessions.listUploadSessions(capsule: fixture.capsule, caller: fixture.ben)
        #expect(listed.map(\.id) == ids)
        #expect(try await fixture.service.uploads(in: fixture.capsule, by: fixture.ben).map(\.id) == ids)
    }

    @Test func `a list is filtered by state`() async throws {
        let fixture = try await Fixture()
        let ids = try await begin(2, fixture)
        let committed = try await fixture.commit(content(25))
        try await fixture.sessions.abort(ids[0])
        let sessions = fixture.sessions
        #expect(try await sessions.listAllSessions(state: .aborted).map(\.id) == [ids[0]])
        #expect(try await sessions.listAllSessions(state: .pending).map(\.id) == [ids[1]])
        #expect(try await sessions.listAllSessions(state: .committed).map(\.id) == [committed])
        #expect(try await sessions.listAllSessions(state: .expired).isEmpty)
        #expect(try await sessions.listAllSessions().count == 3)
    }

    @Test(arguments: [1, 2, 3, 7, 100])
    func `pages of any size list everything once`(_ size: Int) async throws {
        let fixture = try await Fixture()
        let ids = try await begin(7, fixture)
        var listed: [SessionId] = []
        while true {
            let page = try await fixture.sessions.listAllSessions(after: listed.last, limit: size)
            #expect(page.count <= size)
            if page.isEmpty { break }
            listed += page.map(\.id)
        }
        #expect(listed == ids)
    }

    @Test func `a page has at most the limit of pages and at least one entry`() async throws {
        let fixture = try await Fixture { $0.pageMax = 3 }
        let ids = try await begin(5, fixture)
        #expect(try await fixture.sessions.listAllSessions(limit: 100).map(\.id) == Array(ids[..<3]))
        #expect(try await fixture.sessions.listAllSessions(limit: 0).map(\.id) == [ids[0]])
        #expect(try await fixture.sessions.listAllSessions(limit: -5).map(\.id) == [ids[0]])
    }

    @Test func `active uploads are counted by caller and capsule`() async throws {
        let fixture = try await Fixture()
        let ids = try await begin(3, fixture)
        let other = try await fixture.service.createCapsule(title: "other", by: fixture.ben)
        var elsewhere = fixture.request(length: 25)
        elsewhere.capsule = other.id
        _ = try await fixture.service.beginUpload(elsewhere, by: fixture.ben)
        try await fixture.commit(content(5))
        try await fixture.sessions.abort(ids[1])
        #expect(try await fixture.sessions.countActive(capsule: fixture.capsule, caller: fixture.ben) == 2)
        #expect(try await fixture.sessions.countActive(capsule: other.id, caller: fixture.ben) == 1)
        #expect(try await fixture.sessions.countActive(capsule: fixture.capsule, caller: fixture.anna) == 0)
    }

    @Test func `uploads are counted by their states`() async throws {
        let fixture = try await Fixture()
        let ids = try await begin(4, fixture)
        try await fixture.sessions.abort(ids[0])
        try await fixture.putAll(ids[1], content(25))
        _ = try await fixture.service.commit(ids[1], by: fixture.ben)
        fixture.clock.advance(milliseconds: fixture.limits.timeToLiveMilliseconds)
        _ = try await fixture.sessions.touch(ids[2])
        fixture.clock.advance(milliseconds: 1)
        #expect(try await fixture.sessions.cleanupExpiredSessions() == [ids[3]])
        let counts = try await fixture.sessions.sessionCountByStatus()
        #expect(counts.pending == 1 && counts.committed == 1 && counts.aborted == 1 && counts.expired == 1)
        #expect(try await fixture.sessions.totalSessionCount() == 4)
    }

    @Test func `clearing ends every pending upload, keeps blobs, and leaves no bytes behind`() async throws {
        let fixture = try await Fixture { $0.pageMax = 2 }
        let blob = try await fixture.commit(content(25))
        let ids = try await begin(5, fixture)
        for id in ids { try await fixture.service.putChunk(id, index: 0, content(10), by: fixture.ben) }
        try await fixture.sessions.clearAllSessions()
        for id in ids { #expect(try await fixture.status(id).isAborted) }
        #expect(try await fixture.read(blob) == content(25))
        #expect(try await fixture.stored() == (1, 25))
        #expect(try await fixture.sessions.countActive(capsule: fixture.capsule, caller: fixture.ben) == 0)
    }
}
