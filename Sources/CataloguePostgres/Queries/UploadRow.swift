import CatalogueRows
import SessionCore
import UploadCore

extension UploadHead {
    static let columns = """
        seq, id, state, state_at, capsule, is_partial, storage, is_concatenation, is_freed, chunk_size, length, \
        appended, last_seen, provisional_memory, digest, digest_parts
        """

    init(_ row: inout Row) throws(UploadError) {
        self.init(
            seq: try row.next(), id: try row.next(), status: try SessionStatus(&row), capsule: try row.next(),
            isPartial: try row.next(), storage: try row.next(), isConcatenation: try row.next(),
            isFreed: try row.next(), chunkSize: try row.next(), length: try row.next(), offset: try row.next(),
            lastSeen: try row.next(), provisionalMemoryId: try row.next(), digest: try row.next(),
            digestParts: try row.next())
    }
}

extension UploadRow {
    static let columns =
        UploadHead.columns + """
            , caller, created_at, idempotency_key, fingerprint, expected_digest, content_type, name, opaque, \
            recipe, companions, tail_checksum, prefix_hash, epoch, modified_at
            """

    /// The columns with the name of their table, where another table has some of them.
    static func columns(of table: String) -> String {
        columns.split(separator: ", ").map { "\(table).\($0)" }.joined(separator: ", ")
    }

    init(_ row: inout Row) throws(UploadError) {
        let head = try UploadHead(&row)
        let (caller, createdAt): (Principal, Timestamp) = (try row.next(), try row.next())
        let key: IdempotencyKey? = try row.next()
        let (fingerprint, expectedDigest): (Digest?, Digest?) = (try row.next(), try row.next())
        let (contentType, name, opaque): (String, String, String) = (try row.next(), try row.next(), try row.next())
        let recipe: Recipe? = try row.next()
        let companions = try [Companion](stored: row.next())
        let tailChecksum: Checksum? = try row.next()
        let prefixHash: SHA256Midstate? = try row.next()
        let fence = Fence(epoch: try row.next())
        self.init(
            head: head, caller: caller, createdAt: createdAt, idempotencyKey: key, fingerprint: fingerprint,
            expectedDigest: expectedDigest,
            asset: AssetMetadata(name: name, contentType: contentType, opaque: opaque, modifiedAt: try row.next()),
            recipe: recipe, companions: companions, tailChecksum: tailChecksum,
            prefixHash: prefixHash, fence: fence)
    }
}

// MARK: - Columns

extension UploadFilter.State: ColumnValue {}
extension Storage: ColumnValue {}
extension Recipe: ColumnValue {}

extension SessionStatus {
    /// Reads `state` and `state_at`.
    fileprivate init(_ row: inout Row) throws(UploadError) {
        guard let status = SessionStatus(try row.next(), at: try row.next()) else {
            throw row.corrupt("is missing although the upload is not pending")
        }
        self = status
    }
}
