import SessionCore
import Testing
import UploadCore
import UploadTestKit

/// Bodies that end where nobody meant them to.
@Suite struct AppendBreakOffTests {
    @Test(arguments: [Storage.file, .catalogue])
    func `what arrived before a break counts, wherever it breaks off`(_ storage: Storage) async throws {
        let bytes = content(12)
        for end in 0...12 {
            let fixture = try await Fixture(storage)
            let id = try await fixture.begin(.append, length: 12)
            let writer = try await fixture.service.openAppend(id, at: 0, by: fixture.ben)
            for piece in Array(bytes[..<end]).chunks(of: 5) { try await writer.write(piece) }
            await writer.cancel()
            #expect(try await fixture.sessions.get(id).session.offset == UInt64(end))
            #expect(try await fixture.reopened().sessions.get(id).session.offset == UInt64(end))
            try await fixture.service.append(id, at: UInt64(end), bytes[end...], by: fixture.ben)
            #expect(try await fixture.service.commit(id, by: fixture.ben).digest == .whole(Digest(of: bytes)))
        }
    }

    @Test(arguments: [Storage.file, .catalogue])
    func `bytes whose write fails are in no hash, whether the piece is repeated or not`(
        _ storage: Storage
    ) async throws {
        let bytes = content(12)
        for isVerified in [false, true] {
            let fixture = try await Fixture(storage)
            let id = try await fixture.begin(.append, length: 12)
            let writer = try await fixture.service.openAppend(id, at: 0, isDigested: isVerified, by: fixture.ben)
            try await writer.write(bytes[..<5])
            if storage == .file {
                fixture.hooks.failNext(.write)
                await expectRefusal(.unavailable) { try await writer.write(bytes[5..<9].map { ~$0 }) }
            }
            await writer.cancel()
            #expect(try await fixture.sessions.get(id).session.offset == 5)
            try await fixture.service.append(
                id, at: 5, bytes[5...], digest: isVerified ? Digest(of: Array(bytes[5...])) : nil, by: fixture.ben)
            #expect(try await fixture.service.commit(id, by: fixture.ben).digest == .whole(Digest(of: bytes)))
        }
    }

    @Test func `the client of a broken connection goes on while its earlier request is still open`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(.append, length: 12)
        let older = try await fixture.service.openAppend(id, at: 0, by: fixture.ben)
        try await older.write(content(5))
        let newer = try await fixture.service.openAppend(id, at: 5, by: fixture.ben)
        await expectRefusal(.superseded) { try await older.write(content(7, from: 5).inverted) }
        await expectRefusal(.superseded) { try await older.checkpoint() }
        await expectRefusal(.superseded, completing: older)
        try await newer.write(content(7, from: 5))
        #expect(try await newer.complete() == 12)
        _ = try await fixture.service.commit(id, by: fixture.ben)
        #expect(try await fixture.read(id) == content(12))
    }

    @Test func `a newer append that guesses the wrong offset is told where the older one came to`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(.append, length: 12)
        let older = try await fixture.service.openAppend(id, at: 0, by: fixture.ben)
        try await older.write(content(5))
        await expectRefusal(with: .offsetMismatch(expected: 5, actual: 0)) {
            _ = try await fixture.service.openAppend(id, at: 0, by: fixture.ben)
        }
        await older.cancel()
        #expect(try await fixture.sessions.get(id).session.offset == 5)
    }

    @Test func `a takeover waits for a write that is stalled, and keeps it`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(.append, length: 12)
        let older = try await fixture.service.openAppend(id, at: 0, by: fixture.ben)
        try await older.write(content(3))
        let hold = fixture.hooks.holdNext(.write)
        let core = older.core
        async let stalled = outcome { try await core.write(content(2, from: 3), observe: nil) }
        await hold.untilHeld()
        async let settled = fixture.service.quiescedStatus(of: id, by: fixture.ben).session.offset
        await fixture.settleDown()
        hold.release()
        #expect(try await settled == 5)
        _ = await stalled
        await older.cancel()
        try await fixture.service.append(id, at: 5, content(7, from: 5), by: fixture.ben)
        _ = try await fixture.service.commit(id, by: fixture.ben)
        #expect(try await fixture.read(id) == content(12))
    }

    @Test(arguments: [Hooks.Call.write, .sync, .record])
    func `after a failure the offset told is the durable one, and the upload goes on from there`(
        _ call: Hooks.Call
    ) async throws {
        for moment in [Hooks.Moment.before, .after] {
            let fixture = try await Fixture()
            let bytes = content(30)
            let id = try await fixture.begin(.append, length: 30)
            try await fixture.service.append(id, at: 0, bytes[..<10], by: fixture.ben)
            let writer = try await fixture.service.openAppend(id, at: 10, by: fixture.ben)
            fixture.hooks.failNext(call, moment, .storeFull)
            await expectRefusal(.storeFull) {
                try await writer.write(bytes[10..<20])
                try await writer.checkpoint()
            }
            await expectRefusal(.storeFull) { try await writer.write(bytes[20...]) }
            await writer.cancel()
            let offset = try await fixture.service.quiescedStatus(of: id, by: fixture.ben).session.offset
            #expect(offset == 10 || (call == .record && moment == .after && offset == 20))
            #expect(try await fixture.reopened().sessions.get(id).session.offset == offset)
            try await fixture.service.append(id, at: offset, bytes[Int(offset)...], by: fixture.ben)
            #expect(try await fixture.service.commit(id, by: fixture.ben).digest == .whole(Digest(of: bytes)))
        }
    }

    @Test(arguments: 0..<60) func `many clients of one append that all go on from the status make the right whole`(
        _ seed: UInt64
    ) async throws {
        let fixture = try await Fixture()
        let bytes = content(40)
        let id = try await fixture.begin(.append, length: 40)
        fixture.hooks.yieldEverywhere()
        let scheduler = SimulatedScheduler(seed: seed)
        for client in 1...3 {
            scheduler.start {
                for _ in 0..<4 {
                    guard let offset = try? await fixture.service.quiescedStatus(of: id, by: fixture.ben).session.offset
                    else {
                        return Self.never()
                    }
                    let end = min(Int(offset) + 4 * client, 40)
                    let code = await outcome {
                        try await fixture.service.append(id, at: offset, bytes[Int(offset)..<end], by: fixture.ben)
                    }
                    #expect([nil, .superseded, .offsetMismatch].contains(code))
                }
            }
        }
        try scheduler.runUntilIdle()
        let offset = try await fixture.service.quiescedStatus(of: id, by: fixture.ben).session.offset
        try await fixture.service.append(id, at: offset, bytes[Int(offset)...], by: fixture.ben)
        #expect(try await fixture.service.commit(id, by: fixture.ben).digest == .whole(Digest(of: bytes)))
    }

    private static func never() {
        Issue.record("the status of a pending upload was refused")
    }
}
