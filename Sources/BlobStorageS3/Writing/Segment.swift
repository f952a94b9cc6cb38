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

/// The sizes of the segments of one sink: small ones first, since an interrupted request loses at most what is not stored
/// yet, then larger ones, which cost fewer requests.
struct SegmentSizes: Hashable, Sendable {
    private var next: Int
    private let max: Int

    /// - Parameter chunkSize: nil for bytes that are appended. Those of a chunk are recorded only as a whole, so that small
    ///   segments save none of them. Where the chunk is larger than a segment, all are as large as they may be; a smaller one
    ///   begins with 4 MiB, which are stored while the rest arrives.
    init(max: Int, chunkSize: UInt64?) {
        self.max = max
        guard let chunkSize else {
            next = min(1 << 20, max)
            return
        }
        next = chunkSize > UInt64(max) ? max : min(4 << 20, max)
    }

    mutating func take() -> Int {
        defer { next = min(2 * next, max) }
        return next
    }
}
