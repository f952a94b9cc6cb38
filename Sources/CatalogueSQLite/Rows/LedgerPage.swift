import SessionCore

/// Where the bit of a chunk is in the table `ledger`.
struct LedgerPlace {
    /// Chunks of one page.
    static let pageChunks: UInt64 = 4096

    let page: UInt64
    let byte: Int
    let mask: UInt8

    init(chunk index: UInt64) {
        page = index / Self.pageChunks
        byte = Int(index % Self.pageChunks / 8)
        mask = 1 << UInt8(index % 8)
    }
}

extension PieceSet {
    /// From pages of the ledger.
    init(pages: [(page: UInt64, bits: [UInt8])]) {
        var words: [UInt64] = []
        for (page, bits) in pages {
            let first = Int(page * LedgerPlace.pageChunks / 64)
            let end = first + (bits.count + 7) / 8
            if end > words.count { words.append(contentsOf: repeatElement(0, count: end - words.count)) }
            for (index, byte) in bits.enumerated() {
                words[first + index / 8] |= UInt64(byte) << UInt64(index % 8 * 8)
            }
        }
        self.init(words: words)
    }

    /// The pieces below `count`.
    init(all count: UInt64) {
        var words = [UInt64](repeating: .max, count: Int(count / 64))
        if count % 64 != 0 { words.append((1 << (count % 64)) - 1) }
        self.init(words: words)
    }
}

extension SessionSpec {
    /// What is durable of a committed session: everything.
    var allPieces: PieceSet { PieceSet(all: chunkCount ?? 0) }
}
