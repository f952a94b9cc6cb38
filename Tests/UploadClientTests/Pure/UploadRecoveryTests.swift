import HTTPTypes
import HTTPWire
import NativeWire
import SessionCore
import Testing
import UploadCore

@testable import UploadClient

@Suite struct UploadRecoveryTests {
    private func recovery(_ error: UploadError, _ call: UploadRecovery.Call) -> UploadRecovery {
        UploadRecovery(from: ClientError(Problem(error).document, isTemporary: false), during: call)
    }

    @Test func `a lost upload is restarted`() {
        for call in [UploadRecovery.Call.status, .chunk, .finish] {
            #expect(recovery(UploadError(.gone(.expired(at: Timestamp(milliseconds: 0)))), call) == .restart)
            #expect(recovery(UploadError(.notFound(.upload)), call) == .restart)
        }
    }

    @Test func `a missing capsule is not a lost upload, a conflicting key is`() {
        #expect(recovery(UploadError(.notFound(.capsule)), .begin) == .stop)
        #expect(recovery(UploadError(.idempotencyConflict), .begin) == .restart)
    }

    @Test func `damage in transit is distinguished from a change of the content`() {
        let mismatch = UploadError(.checksumMismatch(expected: "a", actual: "b"))
        #expect(recovery(mismatch, .chunk) == .resendChunk)
        #expect(recovery(mismatch, .finish) == .contentChanged)
        #expect(recovery(UploadError(.chunkConflict(index: 3)), .chunk) == .contentChanged)
        #expect(recovery(UploadError(.sizeMismatch(expected: 1, actual: 2)), .finish) == .contentChanged)
    }

    @Test func `missing chunks are sent, committed uploads finished, superseded ones queried`() {
        #expect(recovery(UploadError(.incomplete(missing: [1...4], bytes: 9)), .finish) == .sendMissing([1...4]))
        #expect(recovery(UploadError(.committed), .chunk) == .finish)
        #expect(recovery(UploadError(.superseded), .chunk) == .refreshStatus)
    }

    @Test func `every other refusal is reported`() {
        #expect(recovery(UploadError(.forbidden(needs: .writer)), .chunk) == .stop)
        #expect(recovery(UploadError(.storeFull), .chunk) == .stop)
    }

    @Test func `413 of a proxy makes chunks smaller, that of the server does not`() {
        let proxy = Problem(status: .contentTooLarge, fields: [:], body: []).document
        let error = ClientError(proxy, isTemporary: false)
        #expect(UploadRecovery(from: error, during: .chunk) == .shrinkChunks)
        #expect(UploadRecovery(from: error, during: .begin) == .stop)
        let server = ClientError(Problem(.contentTooLarge(maximum: 5)).document, isTemporary: false)
        #expect(UploadRecovery(from: server, during: .chunk) == .stop)
    }
}
