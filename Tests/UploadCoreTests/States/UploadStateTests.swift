import SessionCore
import Testing

@testable import UploadCore

/// The events of an upload as a whole, by value: no store, no task, no clock.
@Suite struct UploadStateTests: UploadStateEvents {
    // MARK: Turns

    @Test func `a turn goes round first come, first served`() {
        var turn = Turn()
        #expect([turn.take(first), turn.take(first)] == [true, true])
        #expect([turn.take(second), turn.take(third), turn.take(second)] == [false, false, false])
        #expect(turn.leave(first) == second)
        // Reserved for the resumed ticket.
        #expect(turn.take(first) == false)
        #expect(turn.take(second) == true)
        #expect(turn.leave(third) == nil)
        #expect(turn.leave(second) == first)
        #expect(turn.leave(first) == nil)
        #expect(turn.holder == nil)
    }

    // MARK: Taking over

    @Test func `a takeover stops the writer of the same piece only`() throws {
        var session = WriterStateTests.session(.chunks(size: 10), length: 30)
        var state = UploadState()
        #expect(state.takeOver(.chunk(index: 0), first) == .next(.done))
        let (zero, other) = (state.admit(try chunk(0, &session)), state.admit(try chunk(1, &session)))
        #expect(state.takeOver(.chunk(index: 2), first) == .next(.done))
        #expect(state.takeOver(.chunk(index: 0), first) == .next(.conclude(zero, keepsBytes: false)))
        #expect(state.takeOver(.chunk(index: 0), second) == .wait)
        state.concluded(zero)
        #expect(state.takeResumable() == [second])
        #expect(state.takeOver(.chunk(index: 0), second) == .next(.done))
        #expect(state.writers[other]?.phase == .ready)
    }

    @Test func `two callers that take over wait for one call, and one of them concludes the writer`() {
        var state = UploadState()
        let writer = state.admit(WriterStateTests.append())
        _ = state.beginCall(writer, .writing)
        #expect(state.quiesce(first) == .wait)
        #expect(state.takeOver(.append, second) == .wait)
        state.endCall(writer, .wrote(4))
        #expect(state.takeResumable() == [first, second])
        #expect(state.takeOver(.append, second) == .next(.conclude(writer, keepsBytes: true)))
        #expect(state.quiesce(first) == .wait)
        state.concluded(writer)
        #expect(state.takeResumable() == [first])
        #expect(state.quiesce(first) == .next(.done))
    }

    // MARK: Claiming

    @Test func `a claim waits for its turn and raises the fence`() {
        var state = UploadState(fence: Fence(epoch: 3))
        #expect(state.takeExclusiveTurn(first) == .next(()))
        #expect(state.takeExclusiveTurn(second) == .wait)
        state.claimed(Fence(epoch: 4))
        #expect(state.fence == Fence(epoch: 4))
        state.leave(first)
        #expect(state.takeResumable() == [second])
        #expect(state.takeExclusiveTurn(second) == .next(()))
        // The claim of an upload that is committed or ended raises nothing.
        state.claimed(Fence(epoch: 4))
        #expect(state.fence == Fence(epoch: 4))
    }

    // MARK: Closing

    @Test func `closing stops every writer, and comparisons go on`() throws {
        var session = WriterStateTests.session(.chunks(size: 10), length: 30)
        var state = UploadState()
        let (idle, busy) = (state.admit(try chunk(0, &session)), state.admit(try chunk(1, &session)))
        let comparison = state.admit(.comparison(index: 2, 20..<30))
        _ = state.beginCall(busy, .saving)
        #expect(state.close(keep, first) == .next(.conclude(idle, keepsBytes: false)))
        #expect(state.phase == .closing)
        state.concluded(idle)
        #expect(state.close(keep, first) == .wait)
        // A second close waits for its turn, not for writers.
        #expect(state.close(keep, second) == .wait)
        state.endCall(busy, .completed)
        #expect(state.takeResumable() == [first])
        #expect(state.close(keep, first) == .next(.done))
        #expect(state.writers[comparison]?.phase == .ready)

        state.leave(first)
        #expect(state.phase == .open)
        #expect(state.takeResumable() == [second])
        #expect(state.close(keep, second) == .next(.done))
    }

    @Test func `hashing excludes closing, and is not interrupted`() {
        var state = UploadState()
        #expect(state.tryExclusive(first) == true)
        #expect(state.tryExclusive(second) == false)
        #expect(state.close(keep, second) == .wait)
        #expect(state.phase == .open)
        #expect(state.tryExclusive(third) == false)
        state.leave(first)
        #expect(state.takeResumable() == [second])
        #expect(state.tryExclusive(third) == false)
    }

    @Test func `leaving is idempotent and does not end another caller's turn`() {
        var state = UploadState()
        #expect(state.close(keep, first) == .next(.done))
        state.leave(second)
        #expect(state.phase == .closing)
        state.leave(first)
        state.leave(first)
        #expect(state.phase == .open)
        #expect(state.isQuiet)
    }

    // MARK: Ended and lost

    @Test func `the end of an upload resumes all callers, and its next load waits until it is quiet`() {
        var state = UploadState()
        #expect(state.close(keep, first) == .next(.done))
        #expect(state.close(keep, second) == .wait)
        state.end(aborted)
        #expect(state.detachedError == UploadError(ended: aborted))
        #expect(state.awaitQuiet(third) == .wait)
        #expect(state.takeResumable() == [second])
        state.leave(first)
        #expect(state.takeResumable() == [third])
        #expect(state.awaitQuiet(third) == .next(()))
        #expect(state.phase == .ended(aborted))
    }

    @Test func `a lost upload resumes all waiting callers: for the length, for a turn, for a writer`() {
        var state = UploadState()
        let writer = state.admit(WriterStateTests.append())
        _ = state.beginCall(writer, .saving)
        #expect(state.takeLengthTurn(first) == .next(()))
        #expect(state.takeLengthTurn(second) == .wait)
        #expect(state.close(keep, third) == .wait)
        let fourth = Ticket(number: 4)
        #expect(state.quiesce(fourth) == .wait)
        state.lose(full)
        #expect(Set(state.takeResumable()) == [second, third, fourth])
        state.lose(UploadError(.superseded))
        #expect(state.phase == .lost(full))

        #expect(state.awaitQuiet(second) == .wait)
        state.leave(first)
        state.leave(third)
        #expect(state.takeResumable() == [])
        state.endCall(writer, .failed(full))
        #expect(state.takeResumable() == [second])
        #expect(state.tryExclusive(first) == false)
    }

    @Test func `an upload that is lost while its end is recorded stays lost`() {
        var state = UploadState()
        #expect(state.close(keep, first) == .next(.done))
        state.lose(full)
        state.end(aborted)
        #expect(state.phase == .lost(full))
    }

    @Test func `an end outside of a closing stops a debug build`() async {
        await #expect(processExitsWith: .failure) {
            var state = UploadState()
            state.end(.aborted(at: Timestamp(milliseconds: 1)))
        }
    }

    // MARK: Saving

    @Test func `appends of known length are saved beside each other, of unknown length one at a time`() throws {
        for length in [nil, 20] as [UInt64?] {
            var session = WriterStateTests.session(.append, length: length)
            var state = UploadState()
            let writer = state.admit(.append(try session.claimAppend(at: 0).0, isAllOrNothing: false))
            _ = state.beginCall(writer, .writing)
            state.endCall(writer, .wrote(6))
            _ = state.beginCall(writer, .saving)
            #expect(state.takeLengthTurn(first) == .next(()))
            let step = try state.beginSave(writer, session, second)
            #expect((step == .wait) == (length == nil))
            state.leave(first)
            #expect(state.takeResumable() == (length == nil ? [second] : []))
            guard case .next(let save?) = try state.beginSave(writer, session, second) else {
                Issue.record("nothing to save")
                return
            }
            #expect(save.range == 0..<6 && !save.decidesLength)
            try state.saved(writer, save, &session, second)
            #expect(session.offset == 6)
            #expect(try state.beginSave(writer, session, second) == .next(nil))
            #expect(state.takeLengthTurn(third) == .next(()))
        }
    }

    @Test func `a short chunk decides the length, a full one does not`() throws {
        for (count, decides) in [(4, true), (10, false)] as [(UInt64, Bool)] {
            var session = WriterStateTests.session(.chunks(size: 10))
            var state = UploadState()
            let writer = state.admit(try chunk(2, &session))
            _ = state.beginCall(writer, .writing)
            state.endCall(writer, .wrote(count))
            _ = state.beginCall(writer, .saving)
            guard case .next(let save?) = try state.beginSave(writer, session, first) else {
                Issue.record("nothing to save")
                return
            }
            #expect(save.range == 20..<20 + count && save.decidesLength == decides)
            try state.saved(writer, save, &session, first)
            #expect(session.spec.expectedBytes == (decides ? 24 : nil))
        }
    }

    @Test func `a save that the ledger refuses frees the length turn when its caller leaves`() throws {
        var session = WriterStateTests.session(.chunks(size: 10))
        var state = UploadState()
        let writer = state.admit(try chunk(1, &session))
        _ = state.beginCall(writer, .saving)
        // An empty chunk is refused.
        #expect(throws: SessionError.wrongSize(expected: 10, actual: 0)) {
            try state.beginSave(writer, session, first)
        }
        state.leave(first)
        #expect(state.takeLengthTurn(second) == .next(()))
    }

    @Test func `after a failed sync only durable bytes of an append count`() throws {
        var session = WriterStateTests.session(.append, length: 20)
        var state = UploadState()
        let writer = state.admit(.append(try session.claimAppend(at: 0).0, isAllOrNothing: false))
        _ = state.beginCall(writer, .writing)
        state.endCall(writer, .wrote(6))
        _ = state.beginCall(writer, .saving)
        _ = try state.beginSave(writer, session, first)
        state.syncFailed(writer, first)
        #expect(state.writers[writer]?.written == 0)
        #expect(try state.beginSave(writer, session, first) == .next(nil))
    }
}

extension UploadState.Step where Result == Void {
    fileprivate static func == (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.wait, .wait), (.next, .next): true
        default: false
        }
    }
}
