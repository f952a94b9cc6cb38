import CatalogueRows
import SessionCore
import UploadCore

extension Queries {
    func checksums(of id: SessionId, in range: Range<UInt64>) throws(UploadError) -> BlockChecksums? {
        guard let upload = try head(id, .none) else { return nil }
        let wanted = range.blocks(of: upload.layout.blockBytes)
        guard upload.storage == .file, !wanted.isEmpty else { return BlockChecksums(upload.layout) }
        let pages = try connection.all(
            "SELECT page, sums FROM checksums WHERE upload = $1 AND page >= $2 AND page <= $3", upload.seq,
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
            "SELECT tail_checksum FROM uploads WHERE seq = $1", upload.seq
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
                "SELECT sums FROM checksums WHERE upload = $1 AND page = $2", seq, number
            ) { row throws(UploadError) in try row.next([UInt8].self) }
            var page = try found.map { sums throws(UploadError) in try ChecksumPage(packed: sums) } ?? ChecksumPage()
            while let block = rest.first, block.index / ChecksumPage.blocks == number {
                page.set(block.checksum, at: block.index % ChecksumPage.blocks)
                rest.removeFirst()
            }
            try connection.send(
                """
                INSERT INTO checksums (upload, page, sums) VALUES ($1, $2, $3)
                    ON CONFLICT (upload, page) DO UPDATE SET sums = excluded.sums
                """, seq, number, page.packed)
        }
    }
}
