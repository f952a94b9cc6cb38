import SessionCore
import UploadCore

extension Tables {
    func commit(
        _ id: SessionId, length: UInt64, digest: BlobDigest, at now: Timestamp, checkAccess: Catalogue.AccessCheck
    ) throws(UploadError) -> UploadRecord {
        let upload = try requireHead(id)
        try checkAccess(try requireCapsule(upload.capsule))
        if !upload.isCommitted || upload.digest != digest {
            try upload.requirePending()
            let expected = upload.isConcatenation ? try lengthOfParts(upload.seq) : upload.length ?? length
            guard length == expected else { throw UploadError(.sizeMismatch(expected: expected, actual: length)) }
            try settle(upload, length: length, digest: digest, at: now)
        }
        guard let record = try self.upload(id) else { throw UploadError(.notFound(.upload)) }
        return record
    }

    /// - Throws: `incomplete` unless each part was committed.
    private func lengthOfParts(_ seq: Int64) throws(UploadError) -> UInt64 {
        var total: UInt64 = 0
        for part in try parts(of: seq) {
            guard part.digest != nil, let length = part.length else {
                throw UploadError(.incomplete(missing: [], bytes: nil))
            }
            let (sum, overflow) = total.addingReportingOverflow(length)
            guard !overflow else { throw UploadError(.sizeMismatch(expected: .max, actual: length)) }
            total = sum
        }
        return total
    }

    private func settle(
        _ upload: UploadHead, length: UInt64, digest: BlobDigest, at now: Timestamp
    ) throws(UploadError) {
        var parts: Int?
        if case .composite(_, let count) = digest { parts = count }
        try connection.run(
            """
            UPDATE uploads SET state = 1, state_at = ?2, length = ?3, offset = ?4, digest = ?5, digest_parts = ?6,
                last_seen = max(last_seen, ?2)
            WHERE seq = ?1
            """, upload.seq, now, length, upload.chunkSize == nil ? length : 0, digest.digest, parts)
        // All of it is durable from here on; the length says so.
        try connection.run("DELETE FROM ledger WHERE upload = ?1", upload.seq)
    }
}
