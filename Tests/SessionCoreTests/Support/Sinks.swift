import SessionCore

/// One call of a sink.
struct SinkWrite: Hashable {
    let offset: UInt64
    let bytes: [UInt8]
}

/// Takes everything and remembers the calls.
struct RecordingSink: ByteSink {
    private(set) var writes: [SinkWrite] = []

    mutating func write(_ bytes: RawSpan, at offset: UInt64) {
        writes.append(SinkWrite(offset: offset, bytes: bytes.withUnsafeBytes { Array($0) }))
    }

    /// What a file would hold, zeros where nothing was written.
    var content: [UInt8] {
        var content: [UInt8] = []
        for write in writes {
            let end = Int(write.offset) + write.bytes.count
            content.append(contentsOf: repeatElement(0, count: max(0, end - content.count)))
            content.replaceSubrange(Int(write.offset)..<end, with: write.bytes)
        }
        return content
    }
}

/// A disk that is full from the start.
struct FailingSink: ByteSink {
    enum Failure: Error, Hashable {
        case diskFull
    }

    private(set) var attempts = 0

    mutating func write(_ bytes: RawSpan, at offset: UInt64) throws(Failure) {
        attempts += 1
        throw .diskFull
    }
}
