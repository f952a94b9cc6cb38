import CatalogueRows
import SessionCore
import UploadCore

extension Queries {
    /// Existing bytes stay.
    func insertBytes(_ bytes: ArraySlice<UInt8>, of seq: Int64, at offset: UInt64) throws(UploadError) {
        let (end, overflow) = offset.addingReportingOverflow(UInt64(bytes.count))
        guard !overflow, end <= Limits.catalogueBytesCeiling else {
            throw UploadError(.sizeMismatch(expected: Limits.catalogueBytesCeiling, actual: end))
        }
        if bytes.isEmpty { return }
        try connection.send(
            "INSERT INTO bytes (upload, start, data) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", seq, offset,
            Array(bytes))
    }

    /// Deletes the rows that begin in a range.
    func deleteBytes(of seq: Int64, in range: Range<UInt64>) throws(UploadError) {
        let range = range.clamped(to: 0..<UInt64(Int64.max))
        try connection.send(
            "DELETE FROM bytes WHERE upload = $1 AND start >= $2 AND start < $3", seq, range.lowerBound,
            range.upperBound)
    }

    func cutBytes(of seq: Int64, to size: UInt64) throws(UploadError) {
        try deleteBytes(of: seq, in: size..<UInt64(Int64.max))
        try connection.send(
            """
            UPDATE bytes SET data = substring(data FROM 1 FOR ($2 - start)::int)
            WHERE upload = $1 AND start < $2 AND start + length(data) > $2
            """, seq, size)
    }

    func catalogueBytes(_ id: SessionId, _ range: Range<UInt64>) throws(UploadError) -> [UInt8] {
        guard let upload = try head(id, .none), !range.isEmpty else { return [] }
        // No upload in the catalogue has more bytes than its ceiling.
        let range = range.clamped(to: 0..<Limits.catalogueBytesCeiling)
        // The first row needed is the last one at or before the start of the range.
        let rows = try connection.all(
            """
            SELECT start, data FROM bytes
            WHERE upload = $1 AND start < $3 AND start >= coalesce(
                (SELECT max(start) FROM bytes WHERE upload = $1 AND start <= $2), $2)
            ORDER BY start
            """, upload.seq, range.lowerBound, range.upperBound
        ) { row throws(UploadError) in (start: try row.next(UInt64.self), data: try row.next([UInt8].self)) }
        var bytes: [UInt8] = []
        for (start, data) in rows {
            let next = range.lowerBound + UInt64(bytes.count)
            guard start <= next else { break }
            let from = Int(clamping: next - start)
            let end = Int(clamping: range.upperBound - start)
            if from < data.count { bytes += data[from..<min(end, data.count)] }
        }
        return bytes
    }
}
