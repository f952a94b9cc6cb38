import DeliberateFaults

/// Compares consecutive bytes of an upload with the recorded checksums of their blocks. Blocks without a recorded
/// checksum, and those that the bytes cover in part, are passed over.
struct BlockVerifier: Sendable {
    private var checksummer: BlockChecksummer
    /// The end of the upload, or of its durable bytes: the last block may end there.
    private let end: UInt64
    /// The indices of the blocks that differ, in order.
    private(set) var damaged: [UInt64] = []
    /// The bytes of the blocks that were compared.
    private(set) var verifiedBytes: UInt64 = 0

    init(blockBytes: UInt64, position: UInt64, current: Checksum? = nil, end: UInt64) {
        checksummer = BlockChecksummer(blockBytes: blockBytes, position: position, current: current)
        self.end = end
    }

    var position: UInt64 { checksummer.position }
    /// The checksum of the bytes since the start of the block; nil if they were not all seen.
    var current: Checksum? { checksummer.current }

    /// - Parameter recorded: Must cover the blocks of these bytes.
    mutating func update(_ bytes: UnsafeRawBufferPointer, _ recorded: BlockChecksums) {
        checksummer.update(bytes)
        let blockBytes = checksummer.blockBytes
        for block in checksummer.completed { compare(block, through: (block.index + 1) * blockBytes, recorded) }
        checksummer.removeCompleted()
        if position == end, position % blockBytes != 0, let current {
            compare(BlockChecksum(index: position / blockBytes, checksum: current), through: end, recorded)
        }
    }

    private mutating func compare(_ block: BlockChecksum, through end: UInt64, _ recorded: BlockChecksums) {
        guard let checksum = recorded.checksum(ofBlock: block.index, through: end) else { return }
        verifiedBytes += end - block.index * checksummer.blockBytes
        if checksum != block.checksum, !DeliberateFault.skipBlockComparison.isOn { damaged.append(block.index) }
    }
}
