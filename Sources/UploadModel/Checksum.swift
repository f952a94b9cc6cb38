public import SessionCore

/// A CRC-32 (RFC 1952 §8): detects bytes that a disk lost or changed, at a small fraction of the cost of SHA-256. It does not
/// detect a forgery; the digest of the whole does.
public struct Checksum: Hashable, Sendable {
    public let value: UInt32

    public init(value: UInt32) {
        self.value = value
    }

    /// The checksum of no bytes.
    public static let empty = Checksum(value: 0)
}

/// The checksum of one block of an upload.
public struct BlockChecksum: Hashable, Sendable {
    public let index: UInt64
    public let checksum: Checksum

    public init(index: UInt64, checksum: Checksum) {
        self.index = index
        self.checksum = checksum
    }
}

extension SessionLayout {
    /// The bytes of a *block*, which has a checksum of its own: a chunk, or 1 MiB of an append. The last block may be
    /// shorter.
    public var blockBytes: UInt64 {
        switch self {
        case .chunks(let size): size
        case .append: 1 << 20
        }
    }
}

/// The recorded checksums of some blocks of one upload.
public struct BlockChecksums: Hashable, Sendable {
    public let layout: SessionLayout
    /// By the index of the block. A block without one was recorded by a release that kept no checksums.
    public let blocks: [UInt64: Checksum]
    /// The checksum of an append's bytes after its last whole block, and the offset after them.
    public let tail: Tail?

    public var blockBytes: UInt64 { layout.blockBytes }

    public struct Tail: Hashable, Sendable {
        public let end: UInt64
        public let checksum: Checksum

        public init(end: UInt64, checksum: Checksum) {
            self.end = end
            self.checksum = checksum
        }
    }

    public init(_ layout: SessionLayout, blocks: [UInt64: Checksum] = [:], tail: Tail? = nil) {
        self.layout = layout
        self.blocks = blocks
        self.tail = tail
    }

    /// The checksum of the bytes from the start of a block to `end`, the end of the block or of the upload.
    public func checksum(ofBlock index: UInt64, through end: UInt64) -> Checksum? {
        // The last chunk may be short; the last bytes of an append belong to no block yet.
        if layout != .append || end == (index + 1) * blockBytes { return blocks[index] }
        guard let tail, tail.end == end, end / blockBytes == index else { return nil }
        return tail.checksum
    }
}

extension Range<UInt64> {
    /// The blocks that overlap this range of bytes.
    public func blocks(of blockBytes: UInt64) -> Range<UInt64> {
        guard !isEmpty else { return lowerBound / blockBytes..<lowerBound / blockBytes }
        return lowerBound / blockBytes..<(upperBound - 1) / blockBytes + 1
    }
}
