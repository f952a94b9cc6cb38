import SessionCore
import Testing
import UploadCore
import UploadTestKit

@Suite struct ExpiryTests {
    private func expiring(_ bench: Bench) -> Int64 { bench.limits.timeToLiveMilliseconds }

    @Test(arguments: [(-1, false), (0, false), (1, true)])
    func `an upload lives through the millisecond of its time to live and no longer`(
        _ offset: Int64, _ expires: Bool
    ) async throws {
        for isInMemory in [true, false] {
            let bench = try await Bench()
            let id = try await bench.begin(length: 25)
            bench.clock.advance(milliseconds: expiring(bench) + offset)
            let sessions = isInMemory ? bench.sessions : try bench.reopened().sessions
            #expect(try await sessions.cleanupExpiredSessions() == (expires ? [id] : []))
            #expect(try await sessions.get(id).session.meta.status.isExpired == expires)
        }
    }

    @Test(arguments: [(-1, false), (0, false), (1, true)])
    func `the sweep for one caller counts the same way`(_ offset: Int64, _ expires: Bool) async throws {
        let bench = try await Bench()
        let id = try await bench.begin(length: 25)
        bench.clock.advance(milliseconds: expiring(bench) + offset)
        #expect(try await bench.sessions.cleanupExpiredSessions(for: bench.ben) == (expires ? [id] : []))
    }

    @Test func `an expired upload is gone with its bytes, and its id stays unusable`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin(length: 25, key: "k")
        try await bench.service.putChunk(id, index: 0, content(10), by: bench.ben)
        bench.clock.advance(milliseconds: expiring(bench) + 1)
        try await bench.sessions.cleanupExpiredSessions()
        #expect(try await bench.stored() == (0, 0))
        await expectRefusal(with: .gone(.expired(at: bench.clock.now()))) {
            try await bench.service.putChunk(id, index: 0, content(10), by: bench.ben)
        }
        #expect(try await bench.begin(length: 25, key: "k") != id, "the key is free again")
    }

    @Test func `a sweep for one caller leaves others alone, and what the caller used lately`() async throws {
        let bench = try await Bench { $0.pageMax = 2 }
        var old: [SessionId] = []
        for _ in 0..<5 {
            bench.clock.advance(milliseconds: 1)
            old.append(try await bench.begin(length: 25))
        }
        let others = try await bench.service.beginUpload(bench.request(length: 25), by: bench.anna).record.id
        bench.clock.advance(milliseconds: expiring(bench))
        let used = old.remove(at: 2)
        _ = try await bench.service.status(of: used, by: bench.ben)
        bench.clock.advance(milliseconds: 1)
        let fresh = try await bench.begin(length: 25)
        #expect(try await bench.sessions.cleanupExpiredSessions(for: bench.ben) == old)
        for id in [others, used, fresh] { #expect(try await bench.status(id) == .pending) }
    }

    @Test func `nothing expires in the grace after opening`() async throws {
        let bench = try await Bench { $0.expiryGraceMilliseconds = 1000 }
        let id = try await bench.begin(length: 25)
        bench.clock.advance(milliseconds: 100 * expiring(bench))
        let reopened = try bench.reopened()
        #expect(try await reopened.sessions.cleanupExpiredSessions().isEmpty)
        bench.clock.advance(milliseconds: 999)
        #expect(try await reopened.sessions.cleanupExpiredSessions().isEmpty)
        #expect(try await reopened.sessions.cleanupExpiredSessions(for: bench.ben).isEmpty)
        #expect(try await reopened.sessions.get(id).session.meta.status == .pending)
        bench.clock.advance(milliseconds: 1)
        #expect(try await reopened.sessions.cleanupExpiredSessions() == [id])
    }

    @Test func `a writer that receives bytes keeps its upload alive, one that is stalled does not`() async throws {
        let bench = try await Bench()
        let active = try await bench.begin(.append)
        let stalled = try await bench.begin(.append)
        let writer = try await bench.service.openAppend(active, at: 0, by: bench.ben)
        let other = try await bench.service.openAppend(stalled, at: 0, by: bench.ben)
        try await other.write(content(1))
        for index in 0..<4 {
            bench.clock.advance(milliseconds: expiring(bench) / 2 + 1)
            try await writer.write(content(1, from: index))
            let expired = try await bench.sessions.cleanupExpiredSessions()
            #expect(expired == (index == 1 ? [stalled] : []))
        }
        await expectRefusal(.superseded) { try await other.write(content(1)) }
        #expect(try await writer.complete() == 4)
        #expect(try await bench.stored() == (1, 4))
    }

    @Test func `committed uploads never expire, parts do`() async throws {
        let bench = try await Bench()
        let blob = try await bench.commit(content(25))
        let part = try await bench.commit(content(25), isPartial: true)
        bench.clock.advance(milliseconds: expiring(bench) + 1)
        #expect(try await bench.sessions.cleanupExpiredSessions() == [part])
        #expect(try await bench.read(blob) == content(25))
        #expect(try await bench.stored() == (1, 25))
    }

    @Test func `a sweep for one caller expires that caller's parts too`() async throws {
        let bench = try await Bench()
        let part = try await bench.commit(content(25), isPartial: true)
        bench.clock.advance(milliseconds: expiring(bench) + 1)
        #expect(try await bench.sessions.cleanupExpiredSessions(for: bench.ben) == [part])
    }

    @Test func `many uploads expire in one sweep`() async throws {
        let bench = try await Bench { limits in
            limits.activeUploadsMax = 1000
            limits.idleUploadsMax = 10
        }
        var ids: Set<SessionId> = []
        for _ in 0..<600 { ids.insert(try await bench.begin(length: 25)) }
        bench.clock.advance(milliseconds: expiring(bench) + 1)
        let expired = try await bench.sessions.cleanupExpiredSessions()
        #expect(expired.count == 600 && Set(expired) == ids)
    }

    @Test func `a sweep that fails midway has done what it did, and the next one does the rest`() async throws {
        let bench = try await Bench()
        for _ in 0..<3 { _ = try await bench.begin(length: 25) }
        bench.clock.advance(milliseconds: expiring(bench) + 1)
        bench.hooks.failNext(.end)
        await expectRefusal(.unavailable) { try await bench.sessions.cleanupExpiredSessions() }
        #expect(try await bench.sessions.cleanupExpiredSessions().count == 3)
    }

    @Test func `a clock that steps back expires nothing`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin(length: 25)
        bench.clock.advance(milliseconds: -10 * expiring(bench))
        _ = try await bench.service.status(of: id, by: bench.ben)
        #expect(try await bench.sessions.cleanupExpiredSessions().isEmpty)
        bench.clock.advance(milliseconds: 11 * expiring(bench))
        #expect(try await bench.sessions.cleanupExpiredSessions().isEmpty)
        #expect(try await bench.status(id) == .pending)
    }
}
