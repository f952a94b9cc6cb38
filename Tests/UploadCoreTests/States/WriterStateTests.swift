import SessionCore
import Testing

@testable import UploadCore

/// Every event of a writer in every phase of it: what its caller does next, and the phase afterwards.
@Suite struct WriterStateTests {
    typealias Phase = WriterState.Phase

    static let superseded = UploadError(.superseded)
    static let full = UploadError(.storeFull)
    static let gone = UploadError(ended: .aborted(at: Timestamp(milliseconds: 1)))
    static let inUse = UploadError(.invalidArgument("writer", "is used by two callers at once"))
    static let keep = Stop(reason: superseded, keepsBytes: true)
    static let drop = Stop(reason: gone, keepsBytes: false)

    static let one = WriterNumber(value: 1)
    static let ticket = Ticket(number: 7)

    static func append(isAllOrNothing: Bool = false) -> WriterWork {
        var session = session(.append)
        guard let claim = try? session.claimAppend(at: 0).0 else { preconditionFailure("a new append takes a claim") }
        return .append(claim, isAllOrNothing: isAllOrNothing)
    }

    static func session(_ layout: SessionLayout, length: UInt64? = nil) -> Session {
        Session(
            id: SessionId(high: 0, low: 1),
            spec: SessionSpec(layout: layout, expectedBytes: length, owner: SessionOwner(bytes: [])),
            meta: SessionMeta(
                createdAt: Timestamp(milliseconds: 0), lastSeen: Timestamp(milliseconds: 0), status: .pending))
    }

    static func state(_ phase: Phase, _ upload: UploadState.Phase = .open) -> UploadState {
        UploadState(phase: upload, writers: [one: WriterState(append(), phase: phase)])
    }

    // MARK: Calls

    @Test(
        "beginning a call",
        arguments: [
            (Phase.ready, Result<UInt64, UploadError>.success(0), Phase.busy(.writing, nil)),
            (.busy(.saving, nil), .failure(inUse), .busy(.saving, nil)),
            (.busy(.writing, keep), .failure(inUse), .busy(.writing, keep)),
            (.failed(full), .failure(full), .failed(full)),
            (.stopped(keep), .failure(superseded), .stopped(keep)),
            (.concluding(drop), .failure(gone), .concluding(drop)),
            (.ended(gone), .failure(gone), .ended(gone)),
        ])
    func begin(_ before: Phase, _ result: Result<UInt64, UploadError>, _ after: Phase) {
        var state = Self.state(before)
        #expect(state.beginCall(Self.one, .writing, Self.ticket) == .next(result))
        #expect(state.writers[Self.one]?.phase == after)
    }

    @Test(
        "ending a call",
        arguments: [
            (Stop?.none, UploadState.CallResult.wrote(3), Phase.ready), (nil, .refused, .ready),
            (nil, .failed(full), .failed(full)), (nil, .completed, .ended(superseded)),
            (keep, .wrote(3), .stopped(keep)), (keep, .refused, .stopped(keep)), (keep, .failed(full), .stopped(keep)),
            (keep, .completed, .ended(superseded)),
        ])
    func end(_ stop: Stop?, _ result: UploadState.CallResult, _ after: Phase) {
        var state = Self.state(.busy(.writing, nil))
        if let stop { #expect(state.stopWriter(Self.one, stop, Self.ticket) == .wait) }
        #expect(state.takeResumable() == [])
        let writer = state.endCall(Self.one, result)
        #expect(writer?.phase == after)
        #expect(writer?.written == (result == .wrote(3) ? 3 : 0))
        // A caller that waited for the call continues at its end, successful or not.
        #expect(state.takeResumable() == (stop == nil ? [] : [Self.ticket]))
    }

    @Test(
        "a call that ends after the upload was lost",
        arguments: [UploadState.CallResult.wrote(3), .refused, .failed(superseded), .completed])
    func endOfLost(_ result: UploadState.CallResult) {
        var state = Self.state(.busy(.saving, nil))
        state.lose(Self.full)
        #expect(!state.isQuiet)
        state.endCall(Self.one, result)
        #expect(state.writers[Self.one]?.phase == .ended(result == .completed ? Self.superseded : Self.full))
        #expect(state.isQuiet)
    }

    // MARK: Stops

    @Test(
        "stopping, keeping what was written",
        arguments: [
            (
                Phase.ready, UploadState.Step<UploadState.Drain>.next(.conclude(one, keepsBytes: true)),
                Phase.concluding(keep)
            ),
            (.failed(full), .next(.conclude(one, keepsBytes: true)), .concluding(Stop(reason: full, keepsBytes: true))),
            (.busy(.writing, nil), .wait, .busy(.writing, keep)),
            (.busy(.saving, drop), .wait, .busy(.saving, drop)),
            (.stopped(drop), .next(.conclude(one, keepsBytes: false)), .concluding(drop)),
            (.stopped(keep), .next(.conclude(one, keepsBytes: true)), .concluding(keep)),
            (.concluding(drop), .wait, .concluding(drop)),
            (.ended(full), .next(.done), .ended(full)),
        ])
    func stop(_ before: Phase, _ step: UploadState.Step<UploadState.Drain>, _ after: Phase) {
        var state = Self.state(before)
        #expect(state.stopWriter(Self.one, Self.keep, Self.ticket) == step)
        #expect(state.writers[Self.one]?.phase == after)
    }

    @Test("dropping bytes wins over keeping them, and the first reason stays")
    func merged() {
        var state = Self.state(.busy(.writing, Self.keep))
        _ = state.stopWriter(Self.one, Self.drop, Self.ticket)
        #expect(
            state.writers[Self.one]?.phase == .busy(.writing, Stop(reason: Self.superseded, keepsBytes: false)))
    }

    @Test("bytes of an append that is all or nothing are never kept, nor those of a chunk")
    func keepsNothing() throws {
        var session = Self.session(.chunks(size: 10), length: 10)
        guard case .write(let claim, _) = try session.claimChunk(0, byteCount: nil) else {
            Issue.record("a missing chunk is not to be written")
            return
        }
        for work in [Self.append(isAllOrNothing: true), .chunk(claim)] {
            var state = UploadState(writers: [Self.one: WriterState(work)])
            #expect(state.stopWriter(Self.one, Self.keep, Self.ticket) == .next(.conclude(Self.one, keepsBytes: false)))
        }
    }

    @Test("a concluded writer resumes its waiting callers, once")
    func concluded() {
        var state = Self.state(.concluding(Self.keep))
        #expect(state.stopWriter(Self.one, Self.keep, Self.ticket) == .wait)
        #expect(state.stopWriter(Self.one, Self.keep, Self.ticket) == .wait)
        state.concluded(Self.one)
        #expect(state.writers[Self.one]?.phase == .ended(Self.superseded))
        #expect(state.takeResumable() == [Self.ticket])
        #expect(state.takeEndedWriters() == [Self.one])
        #expect(state.takeEndedWriters() == [])
    }

    // MARK: The end of the upload

    @Test(
        "the upload is lost",
        arguments: [
            (Phase.ready, Phase.ended(full)), (.failed(superseded), .ended(superseded)), (.stopped(keep), .ended(full)),
            (.busy(.writing, nil), .busy(.writing, Stop(reason: full, keepsBytes: false))),
            (.busy(.saving, keep), .busy(.saving, Stop(reason: full, keepsBytes: false))),
            (.concluding(keep), .concluding(Stop(reason: full, keepsBytes: false))),
            // Another client did take over from this one.
            (.ended(superseded), .ended(superseded)),
        ])
    func lost(_ before: Phase, _ after: Phase) {
        var state = Self.state(before)
        state.lose(Self.full)
        #expect(state.writers[Self.one]?.phase == after)
        #expect(state.detachedError == Self.full)
    }

    @Test("a writer stopped for the end of its upload reports that end once it is recorded")
    func endedUpload() {
        var state = Self.state(.ended(Self.superseded), .closing)
        state.end(.aborted(at: Timestamp(milliseconds: 1)))
        #expect(state.writers[Self.one]?.phase == .ended(Self.gone))
    }

    @Test("impossible events stop a debug build, and name event and phase")
    func impossible() async {
        await #expect(processExitsWith: .failure) {
            var state = WriterStateTests.state(.ready)
            state.endCall(WriterStateTests.one, .completed)
        }
        await #expect(processExitsWith: .failure) {
            var state = WriterStateTests.state(.ready)
            state.concluded(WriterStateTests.one)
        }
        await #expect(processExitsWith: .failure) {
            var state = WriterStateTests.state(.ready)
            _ = state.forget(WriterStateTests.one)
        }
    }
}
