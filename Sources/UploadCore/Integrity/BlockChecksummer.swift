import CDeflate

extension Checksum {
    /// Continues the checksum with the bytes that follow.
    package func appending(_ bytes: UnsafeRawBufferPointer) -> Checksum {
        Checksum(value: libdeflate_crc32(value, bytes.baseAddress, bytes.count))
    }
}

/// Computes the checksums of the blocks of consecutive bytes.
struct BlockChecksummer: Sendable {
    let blockBytes: UInt64
    /// The offset of the next byte.
    private(set) var position: UInt64
    /// The checksum of the bytes between the start of the block and `position`; nil if they were not all seen.
    private(set) var current: Checksum?
    /// The blocks completed since the last `removeCompleted`.
    private(set) var completed: [BlockChecksum] = []

    /// - Parameter current: The checksum of the bytes between the start of the block and `position`, if that is known.
    init(blockBytes: UInt64, position: UInt64, current: Checksum?) {
        self.blockBytes = blockBytes
        self.position = position
        self.current = position % blockBytes == 0 ? .empty : current
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        var rest = bytes
        while !rest.isEmpty {
            let count = Int(min(UInt64(rest.count), blockBytes - position % blockBytes))
            current = current?.appending(UnsafeRawBufferPointer(rebasing: rest[..<count]))
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            position += UInt64(count)
            guard position % blockBytes == 0 else { return }
            if let current { completed.append(BlockChecksum(index: position / blockBytes - 1, checksum: current)) }
            current = .empty
        }
    }

    mutating func removeCompleted() {
        completed = []
    }

    /// The checksums to record with a piece that ends at `position`: the last chunk of an upload may be short.
    func checksums(ofChunk isChunk: Bool) -> [BlockChecksum] {
        guard isChunk, completed.isEmpty, let current, position % blockBytes != 0 else { return completed }
        return [BlockChecksum(index: position / blockBytes, checksum: current)]
    }
}
