import SessionCore
import Testing
import UploadCore
import UploadTestKit

@Suite struct ListsTests {
    /// Uploads of ben's in the order of their creation, a millisecond apart.
    private func begin(_ count: Int, _ bench: Bench) async throws -> [SessionId] {
        var ids: [SessionId] = []
        for _ in 0..<count {
            bench.clock.advance(milliseconds: 1)
            ids.append(try await bench.begin(length: 25))
        }
        return ids
    }

    @Test func `a caller's uploads in a capsule are listed oldest first, others' are not`() async throws {
        let bench = try await Bench()
        let ids = try await begin(3, bench)
        _ = try await bench.service.beginUpload(bench.request(length: 5), by: bench.anna)
        let listed = try await bench.sessions.listUploadSessions(capsule: bench.capsule, caller: bench.ben)
        #expect(listed.map(\.id) == ids)
        #expect(try await bench.service.uploads(in: bench.capsule, by: bench.ben).map(\.id) == ids)
    }

    @Test func `a list is filtered by state`() async throws {
        let bench = try await Bench()
        let ids = try await begin(2, bench)
        let committed = try await bench.commit(content(25))
        try await bench.sessions.abort(ids[0])
        let sessions = bench.sessions
        #expect(try await sessions.listAllSessions(state: .aborted).map(\.id) == [ids[0]])
        #expect(try await sessions.listAllSessions(state: .pending).map(\.id) == [ids[1]])
        #expect(try await sessions.listAllSessions(state: .committed).map(\.id) == [committed])
        #expect(try await sessions.listAllSessions(state: .expired).isEmpty)
        #expect(try await sessions.listAllSessions().count == 3)
    }

    @Test(arguments: [1, 2, 3, 7, 100])
    func `pages of any size list everything once`(_ size: Int) async throws {
        let bench = try await Bench()
        let ids = try await begin(7, bench)
        var listed: [SessionId] = []
        while true {
            let page = try await bench.sessions.listAllSessions(after: listed.last, limit: size)
            #expect(page.count <= size)
            if page.isEmpty { break }
            listed += page.map(\.id)
        }
        #expect(listed == ids)
    }

    @Test func `a page has at most the limit of pages and at least one entry`() async throws {
        let bench = try await Bench { $0.pageMax = 3 }
        let ids = try await begin(5, bench)
        #expect(try await bench.sessions.listAllSessions(limit: 100).map(\.id) == Array(ids[..<3]))
        #expect(try await bench.sessions.listAllSessions(limit: 0).map(\.id) == [ids[0]])
        #expect(try await bench.sessions.listAllSessions(limit: -5).map(\.id) == [ids[0]])
    }

    @Test func `active uploads are counted by caller and capsule`() async throws {
        let bench = try await Bench()
        let ids = try await begin(3, bench)
        let other = try await bench.service.createCapsule(title: "other", by: bench.ben)
        var elsewhere = bench.request(length: 25)
        elsewhere.capsule = other.id
        _ = try await bench.service.beginUpload(elsewhere, by: bench.ben)
        try await bench.commit(content(5))
        try await bench.sessions.abort(ids[1])
        #expect(try await bench.sessions.countActive(capsule: bench.capsule, caller: bench.ben) == 2)
        #expect(try await bench.sessions.countActive(capsule: other.id, caller: bench.ben) == 1)
        #expect(try await bench.sessions.countActive(capsule: bench.capsule, caller: bench.anna) == 0)
    }

    @Test func `uploads are counted by their states`() async throws {
        let bench = try await Bench()
        let ids = try await begin(4, bench)
        try await bench.sessions.abort(ids[0])
        try await bench.putAll(ids[1], content(25))
        _ = try await bench.service.commit(ids[1], by: bench.ben)
        bench.clock.advance(milliseconds: bench.limits.timeToLiveMilliseconds)
        _ = try await bench.sessions.touch(ids[2])
        bench.clock.advance(milliseconds: 1)
        #expect(try await bench.sessions.cleanupExpiredSessions() == [ids[3]])
        let counts = try await bench.sessions.sessionCountByStatus()
        #expect(counts.pending == 1 && counts.committed == 1 && counts.aborted == 1 && counts.expired == 1)
        #expect(try await bench.sessions.totalSessionCount() == 4)
    }

    @Test func `clearing ends every pending upload, keeps blobs, and leaves no bytes behind`() async throws {
        let bench = try await Bench { $0.pageMax = 2 }
        let blob = try await bench.commit(content(25))
        let ids = try await begin(5, bench)
        for id in ids { try await bench.service.putChunk(id, index: 0, content(10), by: bench.ben) }
        try await bench.sessions.clearAllSessions()
        for id in ids { #expect(try await bench.status(id).isAborted) }
        #expect(try await bench.read(blob) == content(25))
        #expect(try await bench.stored() == (1, 25))
        #expect(try await bench.sessions.countActive(capsule: bench.capsule, caller: bench.ben) == 0)
    }
}
