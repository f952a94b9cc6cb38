import SessionCore

/// An upload whose stored bytes are being verified, and how far.
struct ScrubbedUpload: Sendable {
    /// Bytes that are verified one after the other.
    enum Part: Sendable {
        /// Committed bytes, of the upload itself or of an ended part.
        case extent(Extent)
        /// Durable bytes of a pending upload.
        case durable(Range<UInt64>)

        var range: Range<UInt64> {
            switch self {
            case .extent(let extent): 0..<extent.length
            case .durable(let range): range
            }
        }
    }

    let record: UploadRecord
    /// In reverse order: the last one is being read.
    var parts: [Part]
    /// The progress of the last part; nil before its first byte.
    var progress: Progress?
    /// Whether the bytes at this position could not be read, for a reason that may pass.
    var isDoubtful = false

    struct Progress: Sendable {
        let layout: SessionLayout
        var position: UInt64
        /// The bytes that had checksums.
        var verifiedBytes: UInt64 = 0
        /// Hashes all bytes of an extent instead, if some have no checksum.
        var hasher: SHA256Hasher?
    }

    /// Blocks that differ from their checksums.
    struct Blocks: Sendable {
        let layout: SessionLayout
        let ranges: [Range<UInt64>]
        /// The end of the upload, or of its durable bytes.
        let end: UInt64

        init(_ indices: [UInt64], in layout: SessionLayout, end: UInt64) {
            self.layout = layout
            self.ranges = layout.ranges(ofBlocks: indices)
            self.end = end
        }
    }

    /// The outcome of a step in the last part.
    enum Outcome {
        case goesOn
        case done
        /// Some blocks are damaged, or an extent by its digest. Ends the part.
        case damaged(Blocks?)
        /// An object of another size. Ends the part.
        case found(CheckIssue)
    }

    mutating func endPart() {
        parts.removeLast()
        progress = nil
        isDoubtful = false
    }
}
