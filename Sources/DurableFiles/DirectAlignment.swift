/// What the offset, the length and the memory of a direct write have to be multiples of.
public struct DirectAlignment: Hashable, Sendable {
    /// Of the offset and the length.
    public let blockBytes: Int
    /// Of the address in memory.
    public let memoryBytes: Int

    public init(blockBytes: Int, memoryBytes: Int) {
        precondition(blockBytes > 0 && memoryBytes > 0, "An alignment is at least one byte")
        self.blockBytes = blockBytes
        self.memoryBytes = memoryBytes
    }

    /// The whole blocks among bytes that belong at an offset.
    ///
    /// - Returns: Their range in `bytes`; nil if there are none, or if they are not aligned in memory.
    public func wholeBlocks(of bytes: UnsafeRawBufferPointer, at offset: UInt64) -> Range<Int>? {
        let past = Int(offset % UInt64(blockBytes))
        let start = past == 0 ? 0 : blockBytes - past
        guard bytes.count - start >= blockBytes, let base = bytes.baseAddress,
            UInt(bitPattern: base + start) % UInt(memoryBytes) == 0
        else { return nil }
        return start..<bytes.count - (bytes.count - start) % blockBytes
    }
}
