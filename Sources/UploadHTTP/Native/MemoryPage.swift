import NativeWire
import UploadCore
import UploadMemories

/// One page of memories. It ends early to bound its size: each memory may have a megabyte of inline assets.
struct MemoryPage {
    /// Memories read from the catalogue at a time, which bounds the inline assets held for a page without them.
    private static let batchMax = 16
    /// A page with this many bytes is full.
    private static let bytesMax = 2 << 20

    let query: MemoryQuery
    private(set) var memories: [MemoryDocument] = []
    private var bytes = 0
    private var last: MemoryPosition?

    init(_ query: MemoryQuery) {
        self.query = query
    }

    /// How many to read next; 0 for a full page.
    var wanted: Int {
        bytes >= Self.bytesMax ? 0 : max(0, min(query.limit - memories.count, Self.batchMax))
    }

    /// The memory after which to continue.
    var cursor: MemoryPosition? { last ?? query.cursor }

    /// The cursor of the next page; nil for an empty page.
    var next: String? { last.map { MemoryQuery.cursor(of: $0, in: query.order) } }

    /// - Returns: Whether there was room for all of them.
    mutating func add(_ batch: [Memory]) -> Bool {
        for memory in batch {
            guard bytes < Self.bytesMax else { return false }
            let document = MemoryDocument(memory, includesInline: query.includesInline)
            bytes += document.approximateBytes
            memories.append(document)
            last = memory.position
        }
        return true
    }
}

extension MemoryDocument {
    /// The approximate size of the JSON encoding.
    fileprivate var approximateBytes: Int {
        let texts = [title, description, type, creator, reason ?? ""] + tags
        let inline = assets.reduce(0) { $0 + ($1.data?.bytes.count ?? 0) * 4 / 3 }
        return texts.reduce(256) { $0 + $1.utf8.count } + 256 * assets.count + inline
    }
}
