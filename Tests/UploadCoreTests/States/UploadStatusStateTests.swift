import SessionCore
import Testing

@testable import UploadCore

/// Status requests beside appends, and what the users of stopped writers are told, by value: no store, no task, no clock.
@Suite struct UploadStatusStateTests: UploadStateEvents {
    // MARK: Asking for the offset

    /// An append with a stretch of time since its last bytes.
    private func append(_ phase: WriterState.Phase, written: UInt64 = 4) -> UploadState {
        var writer = WriterState(WriterStateTests.append(), phase: phase, receivedAt: 100)
        writer.written = written
        return UploadState(writers: [WriterStateTests.one: writer])
    }

    @Test(
        "asking for the offset of an append that has bytes to save",
        arguments: [
            (
                WriterState.Phase.ready, Step.next(.checkpoint(WriterStateTests.one)),
                WriterState.Phase.busy(.checkpointing, nil)
            ),
            (.busy(.writing, nil), .wait, .busy(.writing, nil)),
            (.busy(.saving, nil), .wait, .busy(.saving, nil)),
            (.busy(.checkpointing, nil), .wait, .busy(.checkpointing, nil)),
            (.busy(.writing, WriterStateTests.keep), .wait, .busy(.writing, WriterStateTests.keep)),
            (
                .stopped(WriterStateTests.keep), .next(.conclude(WriterStateTests.one, keepsBytes: true)),
                .concluding(WriterStateTests.keep)
            ),
            (.concluding(WriterStateTests.keep), .wait, .concluding(WriterStateTests.keep)),
            (.ended(WriterStateTests.full), .next(.done), .ended(WriterStateTests.full)),
        ])
    func ask(_ before: WriterState.Phase, _ step: Step, _ after: WriterState.Phase) {
        var state = append(before)
        #expect(state.checkpointOrQuiesce(receivingSince: 99, first) == step)
        #expect(state.writers[WriterStateTests.one]?.phase == after)
        var silent = append(.ready)
        #expect(
            silent.checkpointOrQuiesce(receivingSince: 100, first)
                == .next(.conclude(WriterStateTests.one, keepsBytes: true)))
    }

    @Test func `a call of the user waits for the save of a status request`() {
        var state = append(.ready)
        _ = state.checkpointOrQuiesce(receivingSince: 0, first)
        #expect(state.beginCall(WriterStateTests.one, .writing) == .wait)
        #expect(state.beginCall(WriterStateTests.one, .writing, second) == .wait)
        #expect(state.takeResumable() == [])
        state.endCall(WriterStateTests.one, .wrote(0))
        #expect(state.takeResumable() == [second])
        #expect(state.beginCall(WriterStateTests.one, .writing, second) == .next(.success(4)))
    }

    @Test func `a status request saves the bytes at the end of the call in progress, before the next one`() {
        for isStopped in [false, true] {
            var state = append(.busy(.writing, nil))
            #expect(state.checkpointOrQuiesce(receivingSince: -1, first) == .wait)
            #expect(state.checkpointOrQuiesce(receivingSince: -1, second) == .wait)
            state.endCall(WriterStateTests.one, .wrote(4))
            #expect(state.takeResumable() == [first])
            #expect(state.beginCall(WriterStateTests.one, .writing, third) == .wait)
            if isStopped { #expect(state.takeOver(.append, Ticket(number: 4)) == .wait) }
            #expect(
                state.checkpointOrQuiesce(receivingSince: -1, first) == .next(.checkpoint(WriterStateTests.one)))
            state.endCall(WriterStateTests.one, .wrote(0))
            #expect(Set(state.takeResumable()).isSuperset(of: [second, third]))
            let begun = state.beginCall(WriterStateTests.one, .writing, third)
            #expect(begun == (isStopped ? .next(.failure(UploadError(.superseded))) : .next(.success(8))))
        }
    }

    @Test func `the user's call comes before that of a second status request`() {
        var state = append(.ready)
        _ = state.checkpointOrQuiesce(receivingSince: -1, first)
        #expect(state.checkpointOrQuiesce(receivingSince: -1, second) == .wait)
        #expect(state.beginCall(WriterStateTests.one, .writing, third) == .wait)
        state.endCall(WriterStateTests.one, .wrote(0))
        #expect(state.takeResumable() == [second, third])
        #expect(state.beginCall(WriterStateTests.one, .writing, third) == .next(.success(4)))
        // A third one, before the second has run.
        let fourth = Ticket(number: 4)
        #expect(state.checkpointOrQuiesce(receivingSince: -1, fourth) == .wait)
        #expect(state.checkpointOrQuiesce(receivingSince: -1, second) == .wait)
        state.endCall(WriterStateTests.one, .wrote(4))
        #expect(state.takeResumable() == [second])
        #expect(state.checkpointOrQuiesce(receivingSince: -1, second) == .next(.checkpoint(WriterStateTests.one)))
    }

    @Test func `a status request that leaves without saving lets the writer go on`() {
        var state = append(.busy(.writing, nil))
        #expect(state.checkpointOrQuiesce(receivingSince: -1, first) == .wait)
        state.endCall(WriterStateTests.one, .wrote(4))
        #expect(state.beginCall(WriterStateTests.one, .writing, second) == .wait)
        state.leave(first)
        #expect(state.takeResumable() == [first, second])
        #expect(state.beginCall(WriterStateTests.one, .writing, second) == .next(.success(8)))
        #expect(state.checkpointRequest == nil)
        state.endCall(WriterStateTests.one, .wrote(4))
        #expect(state.takeResumable() == [], "nobody waits any more")
        var lost = append(.busy(.writing, nil))
        _ = lost.checkpointOrQuiesce(receivingSince: -1, first)
        lost.endCall(WriterStateTests.one, .wrote(4))
        lost.lose(full)
        #expect(!lost.isQuiet)
        lost.leave(first)
        #expect(lost.isQuiet)
        #expect(lost.writers[WriterStateTests.one]?.phase == .ended(full))
    }

    @Test func `a takeover at an offset that was told drops what came since, at another one keeps it`() {
        /// With bytes after an offset, 0, that was told.
        func told() -> UploadState {
            var state = append(.ready, written: 0)
            #expect(state.checkpointOrQuiesce(receivingSince: 0, first) == .next(.done))
            _ = state.beginCall(WriterStateTests.one, .writing)
            state.endCall(WriterStateTests.one, .wrote(4))
            return state
        }
        for (offset, keepsBytes) in [(0, false), (4, true)] as [(UInt64, Bool)] {
            var state = told()
            #expect(
                state.takeOver(.append, at: offset, second)
                    == .next(.conclude(WriterStateTests.one, keepsBytes: keepsBytes)))
        }
        var cancelled = told()
        #expect(
            cancelled.cancelWriter(WriterStateTests.one, keep, second)
                == .next(.conclude(WriterStateTests.one, keepsBytes: false)))
        var untold = append(.ready)
        #expect(
            untold.takeOver(.append, at: 0, second) == .next(.conclude(WriterStateTests.one, keepsBytes: true)))
    }

    // MARK: Interrupting users

    @Test func `users whose writers others have stopped are interrupted, and only they`() throws {
        var session = WriterStateTests.session(.chunks(size: 10), length: 30)
        var state = UploadState()
        let (zero, one) = (state.admit(try chunk(0, &session)), state.admit(try chunk(1, &session)))
        #expect(state.stopWriter(zero, keep, first) == .next(.conclude(zero, keepsBytes: false)))
        #expect(state.takeInterruptedWriters() == [])
        state.concluded(zero)
        #expect(state.close(keep, second) == .next(.conclude(one, keepsBytes: false)))
        #expect(state.takeInterruptedWriters() == [one])
        let other = state.admit(try chunk(2, &session))
        state.lose(full)
        #expect(state.takeInterruptedWriters() == [other])
    }

    @Test func `a user whose upload is being ended waits for the end, one whose upload is being finished does not`() {
        let drop = Stop(reason: UploadError(.superseded), keepsBytes: false)
        for isEnded in [true, false] {
            var state = append(.ready)
            #expect(state.close(drop, first) == .next(.conclude(WriterStateTests.one, keepsBytes: false)))
            #expect(state.awaitStanding(WriterStateTests.one, second) == .wait)
            state.concluded(WriterStateTests.one)
            #expect(state.close(drop, first) == .next(.done))
            #expect(state.beginCall(WriterStateTests.one, .writing, third) == .wait)
            #expect(state.takeResumable() == [])
            if isEnded { state.end(aborted) }
            state.leave(first)
            #expect(Set(state.takeResumable()) == [second, third])
            let reason = isEnded ? UploadError(ended: aborted) : UploadError(.superseded)
            #expect(state.awaitStanding(WriterStateTests.one, second) == .next(reason))
        }
        var finishing = append(.ready)
        _ = finishing.close(keep, first)
        #expect(finishing.awaitStanding(WriterStateTests.one, second) == .next(UploadError(.superseded)))
    }
}
