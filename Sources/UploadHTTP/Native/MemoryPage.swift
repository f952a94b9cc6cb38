import NativeWire
import UploadCore

/// Gathers one page of memories, which ends early where it would become a large document: memories may have a megabyte of
/// inline assets each.
struct MemoryPage {
    /// Read from the catalogue at a time: what is in memory of inline assets that nobody asked for.
    private static let batchMax = 16
    /// A page that has this many bytes takes no more memories in.
    private static let bytesMax = 2 << 20

    let query: MemoryQuery
    private(set) var memories: [MemoryDocument] = []
    private var bytes = 0

    init(_ query: MemoryQuery) {
        self.query = query
    }

    /// How many to read next; 0 for a page that is full.
    var wanted: Int {
        bytes >= Self.bytesMax ? 0 : max(0, min(query.limit - memories.count, Self.batchMax))
    }

    /// After which memory to read.
    var cursor: MemoryId? {
        memories.last.flatMap { MemoryId(text: $0.id) } ?? query.cursor
    }

    /// - Returns: Whether there was room for all of them.
    mutating func add(_ batch: [Memory]) -> Bool {
        for memory in batch {
            guard bytes < Self.bytesMax else { return false }
            let document = MemoryDocument(memory, includesInline: query.includesInline)
            bytes += document.approximateBytes
            memories.append(document)
        }
        return true
    }
}

extension MemoryDocument {
    /// About as many as its JSON has.
    fileprivate var approximateBytes: Int {
        let texts = [title, description, type, creator, reason ?? ""] + tags
        let inline = assets.reduce(0) { $0 + ($1.data?.bytes.count ?? 0) * 4 / 3 }
        return texts.reduce(256) { $0 + $1.utf8.count } + 256 * assets.count + inline
    }
}
