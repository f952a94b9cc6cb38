import NIOCore

/// Bytes of an upload that become one object. They are kept until they are stored, so that a retry needs no client.
struct Segment: Sendable {
    /// Offsets in the upload.
    let range: Range<UInt64>
    /// Of `SegmentMemory`.
    let pages: [ByteBuffer]
    let integrity: Integrity
}

/// A segment that still grows.
struct OpenSegment: Sendable {
    let start: UInt64
    let bytesMax: Int
    private(set) var count = 0
    private(set) var pages: [ByteBuffer] = []
    private var hasher: IntegrityHasher

    init(start: UInt64, bytesMax: Int, _ integrity: S3Engine.Integrity) {
        self.start = start
        self.bytesMax = bytesMax
        hasher = IntegrityHasher(integrity)
    }

    var end: UInt64 { start + UInt64(count) }
    var isFull: Bool { count == bytesMax }
    /// Whether the next byte needs a page.
    var needsPage: Bool { count == pages.count * SegmentMemory.pageBytes }

    mutating func addPage() {
        pages.append(ByteBufferAllocator().buffer(capacity: SegmentMemory.pageBytes))
    }

    /// Takes as many of the bytes as fit on the last page.
    ///
    /// - Returns: Their number.
    mutating func append(_ bytes: UnsafeRawBufferPointer) -> Int {
        let room = min(pages.count * SegmentMemory.pageBytes, bytesMax) - count
        let taken = UnsafeRawBufferPointer(rebasing: bytes.prefix(room))
        guard !taken.isEmpty else { return 0 }
        pages[pages.count - 1].writeBytes(taken)
        hasher.update(taken)
        count += taken.count
        return taken.count
    }

    var sealed: Segment { Segment(range: start..<end, pages: pages, integrity: hasher.current) }
}

/// The sizes of the segments of one sink. Those of an append grow: an interrupted request loses at most what is not stored yet,
/// and large segments cost fewer requests. Those of a chunk are as large as they may be: it is recorded only as a whole, so that
/// small ones would save nothing.
struct SegmentSizes: Hashable, Sendable {
    private var next: Int
    private let max: Int

    init(max: Int, isChunk: Bool) {
        self.max = max
        next = isChunk ? max : min(1 << 20, max)
    }

    mutating func take() -> Int {
        defer { next = min(2 * next, max) }
        return next
    }
}
