import SessionCore
import UploadCore

/// A page of the table `checksums`.
private struct ChecksumPage {
    /// The blocks of one page.
    static let blocks: UInt64 = 64

    /// Bit `i` is set if block `i` has a checksum.
    private var known: UInt64 = 0
    /// The checksums up to the last known one; 0 where there is none.
    private var values: [UInt32] = []

    init() {}

    init(packed: [UInt8]) throws(UploadError) {
        guard packed.count % 4 == 0, packed.count >= 8, packed.count <= 8 + 4 * Int(Self.blocks) else {
            throw UploadError(.storeCorrupt(detail: "a page of checksums has \(packed.count) bytes"))
        }
        for (index, byte) in packed[..<8].enumerated() { known |= UInt64(byte) << UInt64(index * 8) }
        values = stride(from: 8, to: packed.count, by: 4).map { start in
            packed[start..<start + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
        }
        guard values.count >= 64 - known.leadingZeroBitCount else {
            throw UploadError(.storeCorrupt(detail: "a page of checksums is too short"))
        }
    }

    var packed: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(8 + 4 * values.count)
        Swift.withUnsafeBytes(of: known.littleEndian) { bytes += $0 }
        for value in values { Swift.withUnsafeBytes(of: value.littleEndian) { bytes += $0 } }
        return bytes
    }

    subscript(index: UInt64) -> Checksum? { known & 1 << index == 0 ? nil : Checksum(value: values[Int(index)]) }

    mutating func set(_ checksum: Checksum, at index: UInt64) {
        if values.count <= Int(index) { values += repeatElement(0, count: Int(index) + 1 - values.count) }
        known |= 1 << index
        values[Int(index)] = checksum.value
    }
}

extension Queries {
    func checksums(of id: SessionId, in range: Range<UInt64>) throws(UploadError) -> BlockChecksums? {
        guard let upload = try head(id) else { return nil }
        let wanted = range.blocks(of: upload.layout.blockBytes)
        guard upload.storage == .file, !wanted.isEmpty else { return BlockChecksums(upload.layout) }
        let pages = try connection.all(
            "SELECT page, sums FROM checksums WHERE upload = ?1 AND page >= ?2 AND page <= ?3", upload.seq,
            wanted.lowerBound / ChecksumPage.blocks, (wanted.upperBound - 1) / ChecksumPage.blocks
        ) { row throws(UploadError) in (number: try row.next(UInt64.self), sums: try row.next([UInt8].self)) }
        var blocks: [UInt64: Checksum] = [:]
        for page in pages {
            let sums = try ChecksumPage(packed: page.sums)
            let start = page.number * ChecksumPage.blocks
            for index in wanted.clamped(to: start..<start + ChecksumPage.blocks) { blocks[index] = sums[index - start] }
        }
        return BlockChecksums(upload.layout, blocks: blocks, tail: try tail(of: upload))
    }

    private func tail(of upload: UploadHead) throws(UploadError) -> BlockChecksums.Tail? {
        guard upload.layout == .append else { return nil }
        let checksum = try connection.first(
            "SELECT tail_checksum FROM uploads WHERE seq = ?1", upload.seq
        ) { row throws(UploadError) in try row.next(Checksum?.self) }
        let end = upload.status.isPending ? upload.offset : upload.length
        guard let checksum = checksum ?? nil, let end else { return nil }
        return BlockChecksums.Tail(end: end, checksum: checksum)
    }

    func writeChecksums(_ checksums: [BlockChecksum], of seq: Int64) throws(UploadError) {
        var rest = checksums[...]
        while let first = rest.first {
            let number = first.index / ChecksumPage.blocks
            let found = try connection.first(
                "SELECT sums FROM checksums WHERE upload = ?1 AND page = ?2", seq, number
            ) { row throws(UploadError) in try row.next([UInt8].self) }
            var page = try found.map { sums throws(UploadError) in try ChecksumPage(packed: sums) } ?? ChecksumPage()
            while let block = rest.first, block.index / ChecksumPage.blocks == number {
                page.set(block.checksum, at: block.index % ChecksumPage.blocks)
                rest.removeFirst()
            }
            try connection.run(
                "INSERT OR REPLACE INTO checksums (upload, page, sums) VALUES (?1, ?2, ?3)", seq, number, page.packed)
        }
    }
}
