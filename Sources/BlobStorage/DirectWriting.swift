import DurableFiles
import Synchronization

/// What a store writes past the page cache, which bytes that are synced soon would only pass through. Shared by the store's
/// objects.
final class DirectWriting: Sendable {
    /// Of one write. Fewer bytes cost less in the page cache than a write of their own that waits for the disk.
    private let bytesMin: Int
    private let isRefused = Atomic(false)

    init(bytesMin: Int) {
        self.bytesMin = bytesMin
    }

    /// The file system of the store has no direct writes: none is tried again.
    func refuse() {
        isRefused.store(true, ordering: .relaxed)
    }

    /// The part of bytes that is written directly; the rest before and after it shares blocks with bytes of other writes.
    func part(
        of bytes: UnsafeRawBufferPointer, at offset: UInt64, _ alignment: DirectAlignment?
    ) -> Range<Int>? {
        guard bytes.count >= bytesMin, !isRefused.load(ordering: .relaxed),
            let blocks = alignment?.wholeBlocks(of: bytes, at: offset), blocks.count >= bytesMin
        else { return nil }
        return blocks
    }
}
