import SessionCore

/// An upload whose stored bytes are being verified, and how far.
struct ScrubbedUpload: Sendable {
    /// Bytes that are verified one after the other.
    enum Part: Sendable {
        /// Committed bytes, of the upload itself or of an ended part.
        case extent(Extent)
        /// Durable bytes of a pending upload.
        case durable(Range<UInt64>)
    }

    let record: UploadRecord
    /// In reverse order: the last one is being read.
    var parts: [Part]
    /// The progress of the last part; nil before its first byte.
    var progress: Progress?

    struct Progress: Sendable {
        let layout: SessionLayout
        var position: UInt64
        /// The bytes that had checksums.
        var verifiedBytes: UInt64 = 0
        /// Hashes all bytes of an extent instead, if some have no checksum.
        var hasher: SHA256Hasher?
    }

    /// The outcome of a step in the last part.
    enum Outcome {
        case goesOn
        case done
        /// Ends the part.
        case damaged([Range<UInt64>])
        /// An object of another size. Ends the part.
        case found(CheckIssue)
    }
}
