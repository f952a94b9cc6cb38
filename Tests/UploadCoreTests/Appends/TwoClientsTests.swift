import SessionCore
import Synchronization
import Testing
import UploadCore
import UploadTestKit

/// Two clients of one append: the same file in two tabs, or one client whose connection is half dead.
@Suite struct TwoClientsTests {
    @Test(arguments: [Storage.file, .catalogue])
    func `asking for the offset leaves an append alone whose bytes are arriving, and makes them durable`(
        _ storage: Storage
    ) async throws {
        let fixture = try await Fixture(storage)
        let id = try await fixture.begin(.append, length: 12)
        let writer = try await fixture.service.openAppend(id, at: 0, by: fixture.ben)
        try await writer.write(content(5))
        #expect(try await fixture.service.resumableStatus(of: id, by: fixture.ben).session.offset == 5)
        #expect(try await fixture.reopened().sessions.get(id).session.offset == 5)
        try await writer.write(content(7, from: 5))
        #expect(try await writer.complete() == 12)
        #expect(try await fixture.service.commit(id, by: fixture.ben).digest == .whole(Digest(of: content(12))))
    }

    @Test(arguments: [(999, true), (1000, false)] as [(Int64, Bool)])
    func `an append that has been silent for a second is stopped by who asks for the offset`(
        _ silence: Int64, _ goesOn: Bool
    ) async throws {
        let fixture = try await Fixture { $0.checkpointIntervalMilliseconds = 1 << 40 }
        let id = try await fixture.begin(.append, length: 12)
        let stops = Atomic(0)
        let writer = try await fixture.service.openAppend(
            id, at: 0, onStop: { stops.add(1, ordering: .relaxed) }, by: fixture.ben)
        fixture.clock.advance(milliseconds: 5000)
        try await writer.write(content(5))
        fixture.clock.advance(milliseconds: silence)
        #expect(try await fixture.service.resumableStatus(of: id, by: fixture.ben).session.offset == 5)
        #expect(stops.load(ordering: .relaxed) == (goesOn ? 0 : 1))
        #expect(await writer.stopReason()?.code == (goesOn ? nil : .superseded))
        await writer.cancel()
        #expect(stops.load(ordering: .relaxed) == (goesOn ? 0 : 1), "its own user is not told")
    }

    @Test func `an append that was begun less than a second ago has not been silent`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(.append, length: 12)
        let writer = try await fixture.service.openAppend(id, at: 0, by: fixture.ben)
        fixture.clock.advance(milliseconds: 999)
        #expect(try await fixture.service.resumableStatus(of: id, by: fixture.ben).session.offset == 0)
        try await writer.write(content(12))
        #expect(try await writer.complete() == 12)
    }

    @Test func `a client takes over at the offset that it was told, though more bytes have arrived since`() async throws
    {
        let fixture = try await Fixture()
        let id = try await fixture.begin(.append, length: 12)
        let older = try await fixture.service.openAppend(id, at: 0, by: fixture.ben)
        try await older.write(content(5))
        let told = try await fixture.service.resumableStatus(of: id, by: fixture.ben).session.offset
        try await older.write(content(4, from: 5).inverted)
        let newer = try await fixture.service.openAppend(id, at: told, by: fixture.ben)
        await expectRefusal(.superseded) { try await older.write(content(1)) }
        await older.cancel()
        try await newer.write(content(7, from: 5))
        #expect(try await newer.complete() == 12)
        #expect(try await fixture.service.commit(id, by: fixture.ben).digest == .whole(Digest(of: content(12))))
        #expect(try await fixture.read(id) == content(12))
    }

    @Test func `an append that breaks off after its offset was told leaves the upload there`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(.append, length: 12)
        let writer = try await fixture.service.openAppend(id, at: 0, by: fixture.ben)
        try await writer.write(content(5))
        #expect(try await fixture.service.resumableStatus(of: id, by: fixture.ben).session.offset == 5)
        try await writer.write(content(2, from: 5).inverted)
        await writer.cancel()
        try await fixture.service.append(id, at: 5, content(7, from: 5), by: fixture.ben)
        _ = try await fixture.service.commit(id, by: fixture.ben)
        #expect(try await fixture.read(id) == content(12))
    }

    @Test func `an offset that was told and passed by a checkpoint is refused with the later one`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(.append, length: 12)
        let older = try await fixture.service.openAppend(id, at: 0, by: fixture.ben)
        try await older.write(content(5))
        let told = try await fixture.service.resumableStatus(of: id, by: fixture.ben).session.offset
        try await older.write(content(4, from: 5))
        try await older.checkpoint()
        await expectRefusal(with: .offsetMismatch(expected: 9, actual: 5)) {
            _ = try await fixture.service.openAppend(id, at: told, by: fixture.ben)
        }
        await older.cancel()
    }

    @Test func `bytes that are all or nothing are neither stopped nor told while they arrive`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(.append, length: 12)
        let writer = try await fixture.service.openAppend(id, at: 0, isAllOrNothing: true, by: fixture.ben)
        try await writer.write(content(5))
        #expect(try await fixture.service.resumableStatus(of: id, by: fixture.ben).session.offset == 0)
        try await writer.write(content(7, from: 5))
        #expect(try await writer.complete() == 12)
    }

    @Test func `a status request waits for a write in progress, and tells its bytes`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(.append, length: 12)
        let writer = try await fixture.service.openAppend(id, at: 0, by: fixture.ben)
        let hold = fixture.hooks.holdNext(.write)
        let core = writer.core
        async let write = outcome { try await core.write(content(5), observe: nil) }
        await hold.untilHeld()
        async let told = fixture.service.resumableStatus(of: id, by: fixture.ben).session.offset
        await fixture.settleDown()
        hold.release()
        #expect(await write == nil)
        #expect(try await told == 5)
        try await writer.write(content(7, from: 5))
        #expect(try await writer.complete() == 12)
    }

    @Test func `a write waits for the save of a status request`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(.append, length: 12)
        let writer = try await fixture.service.openAppend(id, at: 0, by: fixture.ben)
        try await writer.write(content(5))
        let hold = fixture.hooks.holdNext(.sync)
        async let told = fixture.service.resumableStatus(of: id, by: fixture.ben).session.offset
        await hold.untilHeld()
        let core = writer.core
        async let later = outcome { try await core.write(content(7, from: 5), observe: nil) }
        await fixture.settleDown()
        #expect(fixture.hooks.count(of: .write) == 1)
        hold.release()
        #expect(try await told == 5)
        #expect(await later == nil)
        #expect(try await writer.complete() == 12)
    }

    @Test func `a save of a status request that fails ends the append, and the offset told holds`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(.append, length: 12)
        let writer = try await fixture.service.openAppend(id, at: 0, by: fixture.ben)
        try await writer.write(content(5))
        fixture.hooks.failNext(.sync, .before, .storeFull)
        #expect(try await fixture.service.resumableStatus(of: id, by: fixture.ben).session.offset == 0)
        await expectRefusal(.storeFull) { try await writer.write(content(1)) }
        await writer.cancel()
        try await fixture.service.append(id, at: 0, content(12), by: fixture.ben)
    }

    // MARK: Endings

    @Test func `the user of a writer that is stopped for an end learns of the end, once it is recorded`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(.append, length: 12)
        let stopped = AsyncStream.makeStream(of: Void.self)
        let writer = try await fixture.service.openAppend(
            id, at: 0, onStop: { stopped.continuation.yield() }, by: fixture.ben)
        try await writer.write(content(5))
        let hold = fixture.hooks.holdNext(.end)
        async let end: Void = fixture.service.abort(id, by: fixture.ben)
        await hold.untilHeld()
        // The user is told before the end is recorded, and waits for that.
        var stops = stopped.stream.makeAsyncIterator()
        await stops.next()
        let core = writer.core
        async let reason = core.stopReason()
        async let write = outcome { try await core.write(content(1), observe: nil) }
        await fixture.settleDown()
        hold.release()
        try await end
        #expect(await reason?.code == .gone)
        #expect(await write == .gone)
        await expectRefusal(.gone, completing: writer)
    }

    @Test func `the user of a writer that is stopped for an end that fails hears of a takeover`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(.append, length: 12)
        let writer = try await fixture.service.openAppend(id, at: 0, by: fixture.ben)
        try await writer.write(content(5))
        fixture.hooks.failNext(.end, .before, .storeLocked)
        let hold = fixture.hooks.holdNext(.end)
        async let end = outcome { try await fixture.service.abort(id, by: fixture.ben) }
        await hold.untilHeld()
        let core = writer.core
        async let reason = core.stopReason()
        await fixture.settleDown()
        hold.release()
        #expect(await end == .storeLocked)
        #expect(await reason?.code == .superseded)
        await writer.cancel()
    }

    @Test func `the user of a writer whose upload is lost is told`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(.append, length: 12)
        let stops = Atomic(0)
        let writer = try await fixture.service.openAppend(
            id, at: 0, onStop: { stops.add(1, ordering: .relaxed) }, by: fixture.ben)
        await fixture.sessions.forget(id)
        #expect(stops.load(ordering: .relaxed) == 1)
        #expect(await writer.stopReason()?.code == .superseded)
        await writer.cancel()
    }

    // MARK: No livelock

    /// Each client asks for the offset and appends from there in small pieces. One that was superseded gives up, as clients do
    /// after 400; one with a wrong offset asks again.
    @Test(arguments: 0..<60) func `of several clients at one append one comes to the end, with few requests`(
        _ seed: UInt64
    ) async throws {
        let fixture = try await Fixture()
        let bytes = content(40)
        let id = try await fixture.begin(.append, length: 40)
        fixture.hooks.yieldEverywhere()
        let scheduler = SimulatedScheduler(seed: seed)
        let requests = Atomic(0)
        let finished = Atomic(0)
        for _ in 1...3 {
            scheduler.start {
                while true {
                    requests.add(1, ordering: .relaxed)
                    let told = try? await fixture.service.resumableStatus(of: id, by: fixture.ben).session.offset
                    guard let offset = told, offset < 40 else { return }
                    let code = await outcome {
                        let writer = try await fixture.service.openAppend(id, at: offset, by: fixture.ben)
                        do {
                            for piece in Array(bytes[Int(offset)...]).chunks(of: 4) { try await writer.write(piece) }
                        } catch {
                            await writer.cancel()
                            throw error
                        }
                        try await writer.complete()
                    }
                    if code == nil { finished.add(1, ordering: .relaxed) }
                    #expect([nil, .superseded, .offsetMismatch].contains(code))
                    if code != .offsetMismatch { return }
                }
            }
        }
        try scheduler.runUntilIdle()
        #expect(finished.load(ordering: .relaxed) == 1)
        #expect(requests.load(ordering: .relaxed) <= 9)
        #expect(try await fixture.service.commit(id, by: fixture.ben).digest == .whole(Digest(of: bytes)))
    }
}
