import CatalogueRows
import SessionCore
import UploadCore

/// The range of an upload's keys in the table `bytes`: one key for each possible offset.
private struct InlineByteKeys {
    /// An upload in the catalogue has at most `Limits.catalogueBytesCeiling` = 2^20 bytes.
    static let perUpload: Int64 = 1 << 21

    let first: Int64

    init(of seq: Int64) {
        first = seq * Self.perUpload
    }

    /// One past the last.
    var end: Int64 { first + Self.perUpload }

    func at(_ offset: UInt64) -> Int64 { first + Int64(min(offset, UInt64(Self.perUpload))) }
}

extension Queries {
    /// Existing bytes stay.
    func insertBytes(_ bytes: ArraySlice<UInt8>, of seq: Int64, at offset: UInt64) throws(UploadError) {
        let (end, overflow) = offset.addingReportingOverflow(UInt64(bytes.count))
        guard !overflow, end <= Limits.catalogueBytesCeiling else {
            throw UploadError(.sizeMismatch(expected: Limits.catalogueBytesCeiling, actual: end))
        }
        if bytes.isEmpty { return }
        try connection.run(
            "INSERT INTO bytes (place, data) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            InlineByteKeys(of: seq).at(offset), bytes)
    }

    func deleteBytes(of seq: Int64) throws(UploadError) {
        let keys = InlineByteKeys(of: seq)
        try connection.run("DELETE FROM bytes WHERE place >= ?1 AND place < ?2", keys.first, keys.end)
    }

    /// Deletes the rows that begin in a range.
    func deleteBytes(of seq: Int64, in range: Range<UInt64>) throws(UploadError) {
        let keys = InlineByteKeys(of: seq)
        try connection.run(
            "DELETE FROM bytes WHERE place >= ?1 AND place < ?2", keys.at(range.lowerBound), keys.at(range.upperBound))
    }

    func cutBytes(of seq: Int64, to size: UInt64) throws(UploadError) {
        let keys = InlineByteKeys(of: seq)
        let cut = keys.at(size)
        try connection.run("DELETE FROM bytes WHERE place >= ?1 AND place < ?2", cut, keys.end)
        try connection.run(
            """
            UPDATE bytes SET data = substr(data, 1, ?2 - place)
            WHERE place = (SELECT max(place) FROM bytes WHERE place >= ?1 AND place < ?2) AND place + length(data) > ?2
            """, keys.first, cut)
    }

    func catalogueBytes(_ id: SessionId, _ range: Range<UInt64>) throws(UploadError) -> [UInt8] {
        guard let upload = try head(id), !range.isEmpty else { return [] }
        let keys = InlineByteKeys(of: upload.seq)
        // The first row needed is the last one at or before the start of the range.
        let rows = try connection.all(
            """
            SELECT place, data FROM bytes
            WHERE place >= coalesce((SELECT max(place) FROM bytes WHERE place >= ?1 AND place <= ?2), ?2) AND place < ?3
            ORDER BY place
            """, keys.first, keys.at(range.lowerBound), keys.at(range.upperBound)
        ) { row throws(UploadError) in (place: try row.next(Int64.self), data: try row.next([UInt8].self)) }
        var bytes: [UInt8] = []
        for (place, data) in rows {
            let offset = UInt64(place - keys.first)
            let next = range.lowerBound + UInt64(bytes.count)
            guard offset <= next else { break }
            let from = Int(clamping: next - offset)
            let end = Int(clamping: range.upperBound - offset)
            if from < data.count { bytes += data[from..<min(end, data.count)] }
        }
        return bytes
    }
}
