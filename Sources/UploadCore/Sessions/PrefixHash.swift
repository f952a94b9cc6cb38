import DeliberateFaults
import SessionCore

/// The SHA-256 of a prefix of an upload. It covers only durable bytes without a gap before them, so that no failed,
/// repeated or late piece can corrupt it.
struct PrefixHash: Sendable {
    private(set) var hasher = SHA256Hasher()
    /// The length of the prefix in bytes.
    private(set) var position: UInt64 = 0
    /// The checksum of the bytes between the start of the block and `position`; nil if it is unknown.
    private(set) var block: Checksum?

    init() {}

    /// Continues the recorded hash of an upload, if there is one.
    init(of record: UploadRecord) {
        guard let recorded = record.prefixHash else { return }
        hasher = SHA256Hasher(recorded)
        position = DeliberateFault.continueHashAtOffset.isOn ? record.session.contiguousBytes : recorded.byteCount
        if record.session.spec.layout == .append, position == record.session.offset { block = record.tailChecksum }
    }

    /// What is recorded of it; nil for the hash of no bytes.
    var midstate: SHA256Midstate? { position == 0 ? nil : hasher.midstate }

    /// A copy that hashes a piece while it is written; nil unless the piece starts at the end of the prefix.
    func fork(at offset: UInt64) -> SHA256Hasher? {
        offset == position || DeliberateFault.hashInArrivalOrder.isOn ? hasher : nil
    }

    /// Adopts a fork once its bytes, `start..<end`, are durable. Ignores a fork that does not start at the current end
    /// of the prefix.
    mutating func adopt(_ fork: SHA256Hasher, from start: UInt64, through end: UInt64, block: Checksum? = nil) {
        guard start == position || DeliberateFault.hashInArrivalOrder.isOn else { return }
        hasher = fork
        position = end
        self.block = block
    }
}
