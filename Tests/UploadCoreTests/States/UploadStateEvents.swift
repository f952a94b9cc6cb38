import SessionCore

@testable import UploadCore

/// What tests of an upload's events are written with.
protocol UploadStateEvents {}

extension UploadStateEvents {
    typealias Step = UploadState.Step<UploadState.Drain>

    var first: Ticket { Ticket(number: 1) }
    var second: Ticket { Ticket(number: 2) }
    var third: Ticket { Ticket(number: 3) }
    var keep: Stop { WriterStateTests.keep }
    var full: UploadError { WriterStateTests.full }
    var aborted: SessionStatus { .aborted(at: Timestamp(milliseconds: 1)) }

    func chunk(_ index: UInt64, _ session: inout Session) throws -> WriterWork {
        guard case .write(let claim, _) = try session.claimChunk(index, byteCount: nil) else {
            throw UploadError(.alreadyExists)
        }
        return .chunk(claim)
    }
}
