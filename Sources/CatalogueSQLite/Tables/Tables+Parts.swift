import SessionCore
import UploadCore

extension Tables {
    /// The parts of a concatenation in their order.
    func parts(of seq: Int64) throws(UploadError) -> [UploadHead] {
        try connection.all(
            """
            SELECT \(UploadHead.columns) FROM parts CROSS JOIN uploads ON seq = source
            WHERE whole = ?1 ORDER BY position
            """, seq
        ) { row throws(UploadError) in try UploadHead(&row) }
    }

    func extentsOfParts(_ id: SessionId) throws(UploadError) -> [[Extent]?] {
        let upload = try requireHead(id)
        var result: [[Extent]?] = []
        for part in try parts(of: upload.seq) {
            // One that ended after its commit is still good for those that refer to it.
            guard part.digest != nil || part.status.isPending else { throw UploadError(.notFound(.upload)) }
            result.append(part.digest == nil ? nil : try extents(of: part))
        }
        return result
    }

    /// The bytes of an upload that was committed. An empty one has none.
    func extents(of upload: UploadHead) throws(UploadError) -> [Extent] {
        if upload.isConcatenation {
            var extents: [Extent] = []
            for part in try parts(of: upload.seq) { extents += try self.extents(of: part) }
            return extents
        }
        guard let length = upload.length, let digest = upload.digest else {
            throw UploadError(.storeCorrupt(detail: "upload \(upload.id.text) is needed and was never committed"))
        }
        guard length > 0 else { return [] }
        return [
            Extent(
                source: upload.id, storage: upload.storage, key: upload.key, length: length, digest: digest.digest)
        ]
    }

    func pendingConcatenations(of part: SessionId) throws(UploadError) -> [SessionId] {
        try connection.all(
            """
            SELECT DISTINCT concatenation.id FROM uploads AS part
            CROSS JOIN parts ON source = part.seq CROSS JOIN uploads AS concatenation ON concatenation.seq = whole
            WHERE part.id = ?1 AND concatenation.state = 0 ORDER BY concatenation.id
            """, part
        ) { row throws(UploadError) in try row.next() }
    }

    func isCountedOnByPending(_ seq: Int64) throws(UploadError) -> Bool {
        try connection.exists(
            "SELECT 1 FROM parts CROSS JOIN uploads ON seq = whole WHERE source = ?1 AND state = 0", seq)
    }

    func isReferredTo(_ seq: Int64) throws(UploadError) -> Bool {
        try connection.exists("SELECT 1 FROM parts WHERE source = ?1", seq)
    }
}
