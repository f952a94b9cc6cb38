package import SessionCore

/// The position of a chunk's bit in the table `ledger`.
package struct LedgerPosition {
    /// The chunks of one page.
    package static let pageChunks: UInt64 = 4096

    package let page: UInt64
    package let byte: Int
    package let mask: UInt8

    package init(chunk index: UInt64) {
        page = index / Self.pageChunks
        byte = Int(index % Self.pageChunks / 8)
        mask = 1 << UInt8(index % 8)
    }

    package func isSet(in bits: [UInt8]) -> Bool { byte < bits.count && bits[byte] & mask != 0 }

    /// Whether all of these chunks are durable.
    ///
    /// - Parameter bits: Reads a page.
    package static func holds<Failure: Error>(
        _ chunks: Range<UInt64>, bits: (UInt64) throws(Failure) -> [UInt8]
    ) throws(Failure) -> Bool {
        var next = chunks.lowerBound
        while next < chunks.upperBound {
            let page = LedgerPosition(chunk: next).page
            let bits = try bits(page)
            let end = min(chunks.upperBound, (page + 1) * pageChunks)
            guard (next..<end).allSatisfy({ LedgerPosition(chunk: $0).isSet(in: bits) }) else { return false }
            next = end
        }
        return true
    }
}

/// The bits of one page.
extension [UInt8] {
    package var setBitCount: Int { reduce(0) { $0 + $1.nonzeroBitCount } }

    /// With the bit of a chunk of this page.
    package func setting(_ position: LedgerPosition) -> [UInt8] {
        var bits = self
        if bits.count <= position.byte {
            bits.append(contentsOf: repeatElement(0, count: position.byte + 1 - bits.count))
        }
        bits[position.byte] |= position.mask
        return bits
    }

    /// Without the bits of these chunks.
    package func clearing(_ chunks: Range<UInt64>, ofPage page: UInt64) -> [UInt8] {
        let start = page * LedgerPosition.pageChunks
        return enumerated().map { index, byte in
            (0..<8).reduce(byte) { byte, bit in
                chunks.contains(start + UInt64(index * 8 + bit)) ? byte & ~(1 << UInt8(bit)) : byte
            }
        }
    }
}

extension PieceSet {
    /// Reads pages of the ledger.
    package init(pages: [(page: UInt64, bits: [UInt8])]) {
        var words: [UInt64] = []
        for (page, bits) in pages {
            let first = Int(page * LedgerPosition.pageChunks / 64)
            let end = first + (bits.count + 7) / 8
            if end > words.count { words.append(contentsOf: repeatElement(0, count: end - words.count)) }
            for (index, byte) in bits.enumerated() {
                words[first + index / 8] |= UInt64(byte) << UInt64(index % 8 * 8)
            }
        }
        self.init(words: words)
    }

    /// The pieces below `count`.
    package init(all count: UInt64) {
        var words = [UInt64](repeating: .max, count: Int(count / 64))
        if count % 64 != 0 { words.append((1 << (count % 64)) - 1) }
        self.init(words: words)
    }
}

extension SessionSpec {
    /// The durable pieces of a committed session: all of them.
    package var allPieces: PieceSet { PieceSet(all: chunkCount ?? 0) }
}
