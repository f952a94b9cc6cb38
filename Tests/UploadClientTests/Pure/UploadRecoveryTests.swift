import NativeWire
import SessionCore
import Testing
import UploadCore

@testable import UploadClient

@Suite struct ReactionTests {
    private func reaction(_ error: UploadError, _ call: Reaction.Call) -> Reaction {
        Reaction(to: ClientError(Problem(error).document, isTemporary: false), during: call)
    }

    @Test func `an upload that is no more is begun anew`() {
        for call in [Reaction.Call.status, .chunk, .finish] {
            #expect(reaction(UploadError(.gone(.expired(at: Timestamp(milliseconds: 0)))), call) == .beginAnew)
            #expect(reaction(UploadError(.notFound(.upload)), call) == .beginAnew)
        }
    }

    @Test func `a capsule that is no more is not begun anew, a key that is taken is`() {
        #expect(reaction(UploadError(.notFound(.capsule)), .begin) == .stop)
        #expect(reaction(UploadError(.idempotencyConflict), .begin) == .beginAnew)
    }

    @Test func `damage on the way is told from a change of the content`() {
        let mismatch = UploadError(.checksumMismatch(expected: "a", actual: "b"))
        #expect(reaction(mismatch, .chunk) == .sendAgain)
        #expect(reaction(mismatch, .finish) == .contentChanged)
        #expect(reaction(UploadError(.chunkConflict(index: 3)), .chunk) == .contentChanged)
        #expect(reaction(UploadError(.sizeMismatch(expected: 1, actual: 2)), .finish) == .contentChanged)
    }

    @Test func `what is missing is sent, what is committed is finished, what was taken over is asked for`() {
        #expect(reaction(UploadError(.incomplete(missing: [1...4], bytes: 9)), .finish) == .send([1...4]))
        #expect(reaction(UploadError(.committed), .chunk) == .finish)
        #expect(reaction(UploadError(.superseded), .chunk) == .askStatus)
    }

    @Test func `every other refusal is the caller's to see`() {
        #expect(reaction(UploadError(.forbidden(needs: .writer)), .chunk) == .stop)
        #expect(reaction(UploadError(.storeFull), .chunk) == .stop)
    }
}
