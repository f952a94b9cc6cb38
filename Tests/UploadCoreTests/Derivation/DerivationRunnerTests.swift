import SessionCore
import Synchronization
import Testing
import UploadTestKit

@testable import UploadCore
@testable import UploadMemories
@testable import UploadDerivation

@Suite struct DerivationRunnerTests {
    @Test(.timeLimit(.minutes(10)))
    func `every committed photo is derived, also those committed before the start`() async throws {
        let fixture = try await Fixture()
        let before = try await fixture.commitPhoto(content(100))
        let made = AsyncStream.makeStream(of: SessionId.self)
        let runner = fixture.runner(FakeDeriver()) { event in
            if case .made(_, let upload) = event { made.continuation.yield(upload) }
        }
        let running = Task { await runner.run(pause: { _ in throw CancellationError() }) }
        var found = made.stream.makeAsyncIterator()
        #expect(await found.next() == before)
        var later: Set<SessionId> = []
        for number in 1...10 { later.insert(try await fixture.commitPhoto(content(100, from: number))) }
        var derived: Set<SessionId> = []
        while derived.count < 10, let id = await found.next() { derived.insert(id) }
        #expect(derived == later)
        running.cancel()
        await running.value
        #expect(try await fixture.service.memories(in: fixture.capsule, by: fixture.ben).count == 11)
    }

    @Test(.timeLimit(.minutes(10)))
    func `an endless derivation blocks no other, and its cancellation does not count`() async throws {
        let fixture = try await Fixture()
        let slow = try await fixture.commitPhoto(content(100))
        let made = AsyncStream.makeStream(of: SessionId.self)
        let deriver = FakeDeriver { photo throws(DerivationFailure) in
            guard photo == content(100) else { return .sample }
            let never = AsyncStream.makeStream(of: Void.self)
            for await _ in never.stream {}
            throw DerivationFailure(.worker, "it was cancelled")
        }
        let runner = fixture.runner(deriver) { event in
            if case .made(_, let upload) = event { made.continuation.yield(upload) }
        }
        let running = Task { await runner.run(pause: { _ in throw CancellationError() }) }
        var found = made.stream.makeAsyncIterator()
        for number in 1...5 {
            let photo = try await fixture.commitPhoto(content(100, from: number))
            #expect(await found.next() == photo)
        }
        running.cancel()
        await running.value
        let derivation = try #require(try await fixture.model.derivation(of: slow))
        #expect(derivation.state == .pending && derivation.attempts == 0 && derivation.reason == nil)
    }

    @Test(.timeLimit(.minutes(10)))
    func `a failed attempt is retried when it is due`() async throws {
        let fixture = try await Fixture()
        let photo = try await fixture.commitPhoto()
        let attempts = Mutex(0)
        let deriver = FakeDeriver { _ throws(DerivationFailure) in
            guard
                attempts.withLock({
                    $0 += 1; return $0
                }) == 3
            else { throw DerivationFailure(.worker, "it died") }
            return .sample
        }
        let waits = Collected<Int64>()
        let made = AsyncStream.makeStream(of: SessionId.self)
        let runner = fixture.runner(deriver) { event in
            if case .made(_, let upload) = event { made.continuation.yield(upload) }
        }
        let clock = fixture.clock
        let running = Task {
            await runner.run(pause: { milliseconds in
                waits.append(milliseconds)
                clock.advance(milliseconds: milliseconds)
            })
        }
        var found = made.stream.makeAsyncIterator()
        #expect(await found.next() == photo)
        #expect(waits.all == [1000, 4000])
        running.cancel()
        await running.value
    }

    @Test(.timeLimit(.minutes(10)))
    func `signals that arrive during a look cause one further look`() async throws {
        let fixture = try await Fixture()
        let made = AsyncStream.makeStream(of: SessionId.self)
        let runner = fixture.runner(FakeDeriver()) { event in
            if case .made(_, let upload) = event { made.continuation.yield(upload) }
        }
        let firstLook = fixture.hooks.holdNext(.dueDerivations)
        let running = Task { await runner.run(pause: { _ in throw CancellationError() }) }
        await firstLook.untilHeld()
        for _ in 0..<1000 { fixture.service.sessions.derivationSignal.notify() }
        firstLook.release()
        var found = made.stream.makeAsyncIterator()
        // The third photo starts only once the runner has taken the completion of one before it.
        for number in 1...3 {
            let photo = try await fixture.commitPhoto(content(100, from: number))
            #expect(await found.next() == photo)
        }
        #expect(fixture.hooks.count(of: .dueDerivations) < 20)
        running.cancel()
        await running.value
    }

    @Test(.timeLimit(.minutes(10)))
    func `one photo waits for one turn, however many another caller has`() async throws {
        let fixture = try await Fixture()
        for number in 1...40 { _ = try await fixture.commitPhoto(content(100, from: number), by: fixture.anna) }
        let last = try await fixture.commitPhoto(content(100, from: 99), by: fixture.ben)
        let made = AsyncStream.makeStream(of: SessionId.self)
        let deriver = FakeDeriver()
        let runner = fixture.runner(deriver, atOnce: 1) { event in
            if case .made(_, let upload) = event { made.continuation.yield(upload) }
        }
        let running = Task { await runner.run(pause: { _ in throw CancellationError() }) }
        var (found, count) = (made.stream.makeAsyncIterator(), 0)
        while count < 41, await found.next() != nil { count += 1 }
        #expect(deriver.asked.firstIndex(of: content(100, from: 99)) == 1)
        #expect(deriver.asked.count == 41)
        #expect(try await fixture.model.derivation(of: last)?.state == .done)
        running.cancel()
        await running.value
    }

    @Test func `the schedule starts due derivations up to the limit and sets one alarm`() throws {
        var policy = DerivationPolicy()
        policy.atOnce = 2
        var schedule = DerivationSchedule(policy)
        let fixture = (1...4).map { Derivation.pending($0, of: $0 == 2 ? "zoe" : "ben") }
        let later = Timestamp(milliseconds: 50)
        #expect(schedule.free == 2 && schedule.lastCaller == nil)
        var decision = schedule.start(DueDerivations(derivations: Array(fixture.prefix(2)), nextDueAt: later))
        #expect(decision.due == [fixture[0].upload, fixture[1].upload])
        #expect(decision.alarm == nil, "a completion comes first")
        #expect(schedule.free == 0 && schedule.lastCaller == Principal("zoe"))
        decision = schedule.start(DueDerivations(derivations: [fixture[2]], nextDueAt: later))
        #expect(decision.due.isEmpty && decision.alarm == nil)
        schedule.completed(fixture[0].upload)
        #expect(schedule.free == 1 && schedule.running == [fixture[1].upload])
        decision = schedule.start(DueDerivations(derivations: [fixture[1], fixture[2]], nextDueAt: later))
        #expect(decision.due == [fixture[2].upload], "one that runs is not started again")
        #expect(schedule.lastCaller == Principal("ben"))
        schedule.completed(fixture[1].upload)
        decision = schedule.start(DueDerivations(derivations: [], nextDueAt: later))
        #expect(decision.due.isEmpty && decision.alarm == later)
        #expect(schedule.lastCaller == Principal("ben"))
        decision = schedule.start(DueDerivations(derivations: [], nextDueAt: later))
        #expect(decision.alarm == nil)
        schedule.alarmRang(at: later)
        decision = schedule.start(DueDerivations(derivations: [fixture[3]], nextDueAt: nil))
        #expect(decision.due == [fixture[3].upload] && decision.alarm == nil)
    }

    @Test func `waits grow fourfold up to their limit`() {
        var policy = DerivationPolicy()
        policy.retryMillisecondsMax = 20_000
        let now = Timestamp(milliseconds: 0)
        #expect(
            (1...5).map { policy.nextAttempt(after: $0, at: now).milliseconds } == [1000, 4000, 16_000, 20_000, 20_000])
        #expect(policy.nextAttempt(after: .max, at: now).milliseconds == 20_000)
    }
}

extension Derivation {
    fileprivate static func pending(_ number: Int, of caller: String) -> Derivation {
        let id = SessionId(high: 1, low: UInt64(number))
        return Derivation(
            upload: id, capsule: CapsuleId(id), caller: Principal(caller), recipe: .photo,
            asset: AssetMetadata(name: "photo.jpg"), state: .pending, attempts: 0,
            dueAt: Timestamp(milliseconds: 10), reason: nil, memory: nil)
    }
}
