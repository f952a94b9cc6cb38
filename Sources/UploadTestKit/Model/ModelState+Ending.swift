import DeliberateFaults
import SessionCore
import UploadCore
import UploadMemories

extension ModelState {
    mutating func commit(
        _ id: SessionId, length: UInt64, digest: BlobDigest, fence: Fence, at now: Timestamp, checkAccess: AccessCheck
    ) throws(UploadError) -> UploadRecord {
        var upload = try requireUpload(id)
        try checkAccess(requireCapsule(upload.record.meta.capsule))
        if upload.isCommitted, upload.record.digest == digest { return upload.record }
        guard upload.status.isPending else { throw UploadError(ended: upload.status) }
        try upload.requireCurrent(fence)

        var parts: [Extent]?
        var expected = upload.record.session.spec.expectedBytes ?? length
        if !upload.record.parts.isEmpty {
            let extents = try committedExtents(of: upload.record.parts)
            expected = extents.reduce(0) { $0 + $1.length }
            parts = extents
        }
        guard length == expected else { throw UploadError(.sizeMismatch(expected: expected, actual: length)) }

        if upload.isActive { active[upload.owner, default: 0] -= 1 }
        upload.commit(length: length, digest: digest, at: now)
        if let parts { upload.extents = parts }
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
            // A part that ended after its commit stays usable for uploads that refer to it.
            guard part.extents != nil || part.status.isPending else { throw UploadError(.notFound(.upload)) }
            result.append(part.extents)
        }
        return result
    }

    func partsStatus(of id: SessionId) throws(UploadError) -> PartsStatus {
        let pending = try extentsOfParts(id).count { $0 == nil }
        var length: UInt64? = 0
        for part in try requireUpload(id).record.parts {
            let more = uploads[part]?.record.session.spec.expectedBytes
            length = length.flatMap { length in more.map { length + $0 } }
        }
        return PartsStatus(pending: UInt64(pending), length: length)
    }
}

extension ModelUpload {
    /// Commits an upload with bytes of its own, as a blob or a part.
    mutating func commit(length: UInt64, digest: BlobDigest, at now: Timestamp) {
        record.session = record.session.committed(length: length, at: now)
        record.digest = digest
        record.prefixHash = nil
        chunkDigests = [:]
        let extent = Extent(
            source: record.id, storage: record.meta.storage, key: record.meta.key, length: length,
            digest: digest.digest)
        extents = length == 0 ? [] : [extent]
    }
}

extension ModelState {
    mutating func end(
        _ id: SessionId, as ending: SessionStatus, fence: Fence, unlessSeenSince: Timestamp?
    ) throws(UploadError) -> [ObjectKey] {
        switch ending {
        case .aborted, .expired: break
        case .pending, .committed: throw UploadError(.invalidArgument("ending", "must be aborted or expired"))
        }
        let upload = try requireUpload(id)
        if upload.isEnded { return [] }
        if upload.isBlob { throw UploadError(.committed) }
        try upload.requireCurrent(fence)
        if let unlessSeenSince, upload.record.session.meta.lastSeen >= unlessSeenSince {
            throw UploadError(.superseded)
        }
        if upload.isCommitted, pendingConcatenationCounts(on: id) {
            throw UploadError(.inUse(by: .pendingConcatenation))
        }
        return end(upload, as: ending)
    }

    mutating func deleteBlob(
        _ id: BlobId, at now: Timestamp, checkAccess: AccessCheck
    ) throws(UploadError) -> [ObjectKey] {
        guard let upload = uploads[id.value], upload.isBlob else { throw UploadError(.notFound(.blob)) }
        try checkAccess(requireCapsule(upload.record.meta.capsule))
        guard !isInUse(id) else { throw UploadError(.inUse(by: .memory)) }
        return end(upload, as: .aborted(at: now))
    }

    /// Ends a pending or committed upload, releases its key, and frees the bytes that nothing else refers to.
    mutating func end(_ upload: ModelUpload, as ending: SessionStatus) -> [ObjectKey] {
        let id = upload.record.id
        if upload.isActive { active[upload.owner, default: 0] -= 1 }
        if let key = upload.key { keys[key] = nil }
        concatenations.remove(id)
        uploads[id]?.record = upload.record.ended(as: ending)
        uploads[id]?.chunkDigests = [:]
        failDerivation(of: id)

        let held = concatenations.reduce(into: Set<SessionId>()) { $0.formUnion(sources(of: $1)) }
        var freed: [ObjectKey] = []
        // An uncommitted part frees its bytes at its own end, because no concatenation of it can complete after that.
        let others = sources(of: id).filter { uploads[$0]?.record.digest != nil && !held.contains($0) }
        let isFree = upload.record.digest == nil || !held.contains(id) || DeliberateFault.freeSharedSegments.isOn
        let own = isFree ? [id] : []
        for source in own + others {
            freed += free(source)
        }
        garbage += freed
        return freed
    }

    /// Frees the bytes of an ended upload. Happens once, because nothing new can refer to an ended upload.
    ///
    /// - Returns: The key of its file, if it has one, and those of its segments.
    private mutating func free(_ id: SessionId) -> [ObjectKey] {
        guard let upload = uploads[id], upload.isEnded else { return [] }
        uploads[id]?.isFreed = true
        uploads[id]?.record = upload.record.freed
        uploads[id]?.bytes = []
        uploads[id]?.receipts = []
        uploads[id]?.checksums = [:]
        uploads[id]?.wholeDigest = nil
        guard upload.record.meta.storage == .file, upload.record.parts.isEmpty else { return [] }
        return [upload.record.meta.key] + upload.receipts.map(\.key)
    }
}

// MARK: - References

extension ModelState {
    /// The parts of an upload, transitively and without duplicates: the uploads whose bytes it needs.
    func sources(of id: SessionId) -> [SessionId] {
        var found: [SessionId] = []
        var seen: Set<SessionId> = [id]
        var open = uploads[id]?.record.parts ?? []
        while let next = open.popLast() {
            guard seen.insert(next).inserted else { continue }
            found.append(next)
            open += uploads[next]?.record.parts ?? []
        }
        return found
    }

    func pendingConcatenationCounts(on id: SessionId) -> Bool {
        concatenations.contains { concatenation in
            guard let upload = uploads[concatenation], upload.status.isPending else { return false }
            return upload.record.parts.contains(id)
        }
    }
}
