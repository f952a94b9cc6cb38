import SessionCore
import UploadCore

extension ModelState {
    mutating func commit(
        _ id: SessionId, length: UInt64, digest: BlobDigest, at now: Timestamp, checkAccess: ModelCatalogue.AccessCheck
    ) throws(UploadError) -> UploadRecord {
        var upload = try requireUpload(id)
        try checkAccess(requireCapsule(upload.record.meta.capsule))
        if upload.isCommitted, upload.record.digest == digest { return upload.record }
        guard upload.status.isPending else { throw UploadError(ended: upload.status) }

        var parts: [Extent]?
        var expected = upload.record.session.spec.expectedBytes ?? length
        if !upload.record.parts.isEmpty {
            let extents = try committedExtents(of: upload.record.parts)
            expected = extents.reduce(0) { $0 + $1.length }
            parts = extents
        }
        guard length == expected else { throw UploadError(.sizeMismatch(expected: expected, actual: length)) }

        upload.commit(length: length, digest: digest, at: now)
        if let parts { upload.extents = parts }
        active[upload.owner, default: 0] -= 1
        uploads[id] = upload
        beginDerivation(of: upload, at: now)
        return upload.record
    }

    private func committedExtents(of parts: [SessionId]) throws(UploadError) -> [Extent] {
        var extents: [Extent] = []
        for part in parts {
            guard let own = uploads[part]?.extents else { throw UploadError(.incomplete(missing: [], bytes: nil)) }
            extents += own
        }
        return extents
    }

    func extentsOfParts(_ id: SessionId) throws(UploadError) -> [[Extent]?] {
        var result: [[Extent]?] = []
        for id in try requireUpload(id).record.parts {
            let part = try requireUpload(id)
            // One that ended after its commit is still good for those that refer to it.
            guard part.extents != nil || part.status.isPending else { throw UploadError(.notFound(.upload)) }
            result.append(part.extents)
        }
        return result
    }
}

extension ModelUpload {
    /// Becomes a blob, or a finished part, of bytes of its own.
    mutating func commit(length: UInt64, digest: BlobDigest, at now: Timestamp) {
        record.session = record.session.committed(length: length, at: now)
        record.digest = digest
        let extent = Extent(
            source: record.id, storage: record.meta.storage, key: record.meta.key, length: length,
            digest: digest.digest)
        extents = length == 0 ? [] : [extent]
    }
}
