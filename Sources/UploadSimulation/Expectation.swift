package import SessionCore
import UploadCore

/// The certain and the possible state of one upload, derived from the answers to its clients and from their attempts.
package struct Expectation: Sendable {
    package let id: SessionId
    let caller: Principal
    private(set) var contents: [Content]
    let chunkSize: UInt64?
    let isPartial: Bool
    let parts: [SessionId]
    /// Whether it has the recipe for photos.
    var isPhoto = false
    /// The other asset of its memory.
    var companion: SessionId?

    /// Acknowledged chunks.
    var ackedChunks: Set<UInt64> = []
    /// Chunks whose sending was begun.
    var triedChunks: Set<UInt64> = []
    /// The highest offset in any answer.
    var toldOffset: UInt64 = 0
    /// The highest end of any attempted write.
    var triedOffset: UInt64 = 0
    /// The commit was acknowledged, or follows from another answer.
    var isCommitted = false
    var mayBeCommitted = false
    /// The end was acknowledged, or follows from another answer.
    var hasEnded = false
    /// Its abort or deletion was requested.
    var mayBeAborted = false
    /// The start of the first such request. Uses that are acknowledged later may have come before its effect, which has
    /// this time nevertheless.
    var firstEndAttempt: Moment?
    /// Its time to live has passed, and a sweep may have run since.
    var mayHaveExpired = false
    /// Whether it has an unknown length, and may be finished with the bytes that it has: a prefix of the content.
    var isOpenEnded = false
    /// The appends that were begun so far, and those that may still claim the upload.
    var appendsBegun = 0
    var appendsOpening = 0
    /// An offset that was told after all earlier appends were fenced off, and the number of appends begun until then.
    var fence: (offset: UInt64, appendsBegun: Int)?
    /// It was removed after its retention.
    var isRemoved = false
    /// The start of the last acknowledged use.
    var lastUse: Moment

    /// Whether its bytes are its own.
    package var isPlain: Bool { parts.isEmpty }

    var mayHaveEnded: Bool { hasEnded || mayBeAborted || mayHaveExpired }

    var length: UInt64 { contents.reduce(0) { $0 + $1.length } }
    var bytes: [UInt8] { contents.flatMap(\.all) }
    var digest: Digest { contents.count == 1 ? contents[0].digest : Digest(of: bytes) }

    func bytes(_ range: Range<UInt64>) -> [UInt8] {
        contents.count == 1 ? contents[0].bytes(range) : Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)])
    }

    var chunkCount: UInt64 {
        chunkSize.map { length / $0 + (length % $0 == 0 ? 0 : 1) } ?? 0
    }

    func range(ofChunk index: UInt64) -> Range<UInt64> {
        let size = chunkSize ?? 1
        return index * size..<min((index + 1) * size, length)
    }

    /// Whether every byte was acknowledged.
    var isWholeAcked: Bool {
        if !parts.isEmpty { return true }
        return chunkSize == nil ? toldOffset == length : UInt64(ackedChunks.count) == chunkCount
    }
}

/// The expectation of one memory.
struct MemoryExpectation: Sendable {
    let blobs: [SessionId]
    /// Its deletion was requested.
    var mayBeDeleted = false
    var isDeleted = false
}

/// A broken guarantee.
package struct Violation: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}

// MARK: - Checking records

extension Expectation {
    /// Checks a record against the expectation from before the read.
    ///
    /// - Parameter other: The current expectation, after concurrent operations.
    func hold(_ record: UploadRecord, now other: Expectation) throws(Violation) {
        let session = record.session
        func violated(_ what: String) -> Violation {
            Violation("upload \(id.text): \(what); status \(session.meta.status)")
        }
        switch session.meta.status {
        case .pending:
            if isCommitted { throw violated("a committed upload is pending again") }
            if hasEnded { throw violated("an ended upload is pending again") }
        case .committed:
            if !other.mayBeCommitted { throw violated("committed, and nobody asked for it") }
            if hasEnded, !isPartial { throw violated("an ended upload is committed") }
            if isOpenEnded {
                let size = session.spec.expectedBytes ?? 0
                if size < toldOffset { throw violated("committed with \(size) bytes, \(toldOffset) were told") }
                if size > other.triedOffset { throw violated("committed with more bytes than were sent") }
            } else if session.spec.expectedBytes != length {
                throw violated("committed with another length")
            }
            return
        case .aborted, .expired:
            if !other.mayHaveEnded { throw violated("ended, and nobody asked for it") }
            return
        }
        guard parts.isEmpty else { return }
        if chunkSize != nil {
            let lost = ackedChunks.filter { !session.pieces.contains($0) }
            if !lost.isEmpty { throw violated("acknowledged chunks are missing: \(lost.sorted())") }
            let invented = (0..<(session.pieces.last.map { $0 + 1 } ?? 0)).filter {
                session.pieces.contains($0) && !other.triedChunks.contains($0)
            }
            if !invented.isEmpty { throw violated("chunks are there that nobody sent: \(invented)") }
        } else {
            if session.offset < toldOffset {
                throw violated("offset \(session.offset) < \(toldOffset), which was told")
            }
            if let fence, other.appendsBegun == fence.appendsBegun, session.offset > fence.offset {
                throw violated("a writer that was fenced off moved the offset \(fence.offset) to \(session.offset)")
            }
            if session.offset > other.triedOffset { throw violated("offset \(session.offset) is past what was sent") }
        }
    }
}

extension Expectation {
    /// Adopts a record of an idle store as certain.
    mutating func settle(_ record: UploadRecord) {
        switch record.session.meta.status {
        case .pending:
            // The uncertain operations before the crash did not take effect.
            mayBeCommitted = false
            mayBeAborted = false
            firstEndAttempt = nil
            mayHaveExpired = false
            toldOffset = max(toldOffset, record.session.offset)
            triedOffset = max(toldOffset, record.session.offset)
            for index in triedChunks where record.session.pieces.contains(index) { ackedChunks.insert(index) }
            triedChunks = ackedChunks
        case .committed:
            isCommitted = !isPartial
            mayBeCommitted = true
            adoptLength(record)
        case .aborted, .expired:
            hasEnded = true
            isCommitted = false
        }
    }
}

extension Expectation {
    /// The length of a committed upload that was finished with the bytes that it had.
    mutating func adoptLength(_ record: UploadRecord) {
        guard isOpenEnded, let length = record.session.spec.expectedBytes, let content = contents.first else { return }
        contents = [Content(seed: content.seed, length: length)]
    }

    /// Notes that the upload does not exist any more.
    mutating func noteRemoval() {
        isRemoved = true
        hasEnded = true
        isCommitted = false
    }
}
