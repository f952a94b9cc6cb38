import SessionCore
import UploadCore

extension ModelState {
    mutating func end(
        _ id: SessionId, as ending: SessionStatus, unlessSeenSince: Timestamp?
    ) throws(UploadError) -> [ObjectKey] {
        switch ending {
        case .aborted, .expired: break
        case .pending, .committed: throw UploadError(.invalidArgument("ending", "must be aborted or expired"))
        }
        let upload = try requireUpload(id)
        if upload.isEnded { return [] }
        if upload.isBlob { throw UploadError(.committed) }
        if let unlessSeenSince, upload.record.session.meta.lastSeen >= unlessSeenSince {
            throw UploadError(.superseded)
        }
        if upload.isCommitted, pendingConcatenationCounts(on: id) { throw UploadError(.inUse) }
        return end(upload, as: ending)
    }

    mutating func deleteBlob(
        _ id: BlobId, at now: Timestamp, checkAccess: ModelCatalogue.AccessCheck
    ) throws(UploadError) -> [ObjectKey] {
        guard let upload = uploads[id.value], upload.isBlob else { throw UploadError(.notFound(.blob)) }
        try checkAccess(requireCapsule(upload.record.meta.capsule))
        guard !isInUse(id) else { throw UploadError(.inUse) }
        return end(upload, as: .aborted(at: now))
    }

    /// Ends a pending or committed upload, and with it its key and whatever bytes it alone referred to.
    mutating func end(_ upload: ModelUpload, as ending: SessionStatus) -> [ObjectKey] {
        let id = upload.record.id
        if upload.status.isPending { active[upload.owner, default: 0] -= 1 }
        if let key = upload.key { keys[key] = nil }
        concatenations.remove(id)
        uploads[id]?.record.session = upload.record.session.changing(status: ending)
        failDerivation(of: id)

        let held = concatenations.reduce(into: Set<SessionId>()) { $0.formUnion(sources(of: $1)) }
        var freed: [ObjectKey] = []
        // A part that was never committed gave up its bytes with its own end: what names it can never be whole.
        let others = sources(of: id).filter { uploads[$0]?.record.digest != nil && !held.contains($0) }
        let own = upload.record.digest == nil || !held.contains(id) ? [id] : []
        for source in own + others {
            if let key = free(source) { freed.append(key) }
        }
        garbage += freed
        return freed
    }

    /// Frees the bytes of an upload that has ended. That happens once: what ended is referred to by nothing new.
    ///
    /// - Returns: The key of its file, if it has one.
    private mutating func free(_ id: SessionId) -> ObjectKey? {
        guard let upload = uploads[id], upload.isEnded else { return nil }
        uploads[id]?.bytes = []
        let hasFile = upload.record.meta.storage == .file && upload.record.parts.isEmpty
        return hasFile ? upload.record.meta.key : nil
    }
}

// MARK: - Who refers to what

extension ModelState {
    /// The parts of an upload, theirs, and so on, each once: those whose bytes it needs.
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

    mutating func forgetGarbage(_ keys: [ObjectKey]) {
        let gone = Set(keys)
        garbage.removeAll { gone.contains($0) }
    }
}
