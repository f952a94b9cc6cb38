import SessionCore

extension Maintenance {
    /// The extents of a committed upload: its own, or those of its parts.
    func extents(of record: UploadRecord) async throws(UploadError) -> [Extent] {
        if record.parts.isEmpty { return Extent.own(of: record) }
        return try await catalogue.extentsOfParts(record.id).flatMap { $0 ?? [] }
    }

    /// The digest of the parts of a concatenation, of the kind that it was committed with. Reads all bytes, if that is the
    /// digest of the whole.
    func digest(of parts: [Extent], as committed: BlobDigest) async throws(UploadError) -> Digest {
        switch committed {
        case .composite: BlobDigest(parts: parts.map(\.digest)).digest
        case .whole: try await sessions.digest(of: parts)
        }
    }

    func isCommitted(_ id: SessionId) async throws(UploadError) -> Bool {
        guard case .committed = try await catalogue.upload(id)?.session.meta.status else { return false }
        return true
    }
}
