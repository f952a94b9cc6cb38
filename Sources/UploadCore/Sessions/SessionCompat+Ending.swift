import DeliberateFaults
public import SessionCore
import Synchronization

extension SessionCompat {
    /// Aborts an upload and frees its bytes. Idempotent; an expired upload stays expired. A committed part of a
    /// concatenation can be aborted too, unless a pending concatenation refers to it.
    ///
    /// If freeing the bytes fails, the upload is aborted nevertheless, and the next sweep frees them.
    ///
    /// - Throws: `not_found`, `committed`, `in_use`, `unavailable`.
    public func abort(_ id: SessionId) async throws(UploadError) {
        let garbage = try await end(id, as: .aborted(at: clock.now()))
        try? await remove(garbage)
    }

    /// As `abort`, but returns only once the bytes are freed, unless a backup holds removals back.
    ///
    /// - Throws: As `abort`; `unavailable` also if files cannot be removed. A repeated call removes those; where the catalogue
    ///   postpones them, a later sweep does.
    public func cleanup(_ id: SessionId) async throws(UploadError) {
        _ = try await end(id, as: .aborted(at: clock.now()))
        try await collectGarbage()
    }

    /// Expires every upload that was not used for its time to live, frees its bytes and those of earlier failed
    /// removals, and returns the ids. Then removes the uploads that ended longer ago than
    /// `Limits.endedRetentionMilliseconds`, and compacts the catalogue. The cost grows with the number of expired and
    /// removed uploads only.
    ///
    /// Nothing expires or is removed within `Limits.expiryGraceMilliseconds` after the store was opened, or after the
    /// clock stepped forward. A step of the clock ages no upload.
    ///
    /// - Throws: `unavailable`; uploads that had expired by then stay expired.
    @discardableResult
    public func cleanupExpiredSessions() async throws(UploadError) -> [SessionId] {
        let batch = 256
        var expired: [SessionId] = []
        if let cutoff = expiryCutoff {
            var found: [SessionId]
            var ended = 0
            repeat {
                ended = expired.count
                found = try await unused(since: cutoff, limit: batch)
                // Records later uses known in memory only, so that these uploads are not found again.
                let inUse = state.withLock { state in state.uploads.lastSeen(of: found, since: cutoff) }
                if !inUse.isEmpty { try await catalogue.touch(inUse) }
                for id in found where inUse[id] == nil {
                    if try await expire(id, notSeenSince: cutoff) { expired.append(id) }
                }
                ended = expired.count - ended + inUse.count
            } while found.count == batch && ended > 0
        }
        // What cannot be removed does not hold up the rest.
        var failure: UploadError?
        do throws(UploadError) {
            try await collectGarbage()
        } catch {
            failure = error
        }
        try await removeEnded()
        // A later sweep continues.
        try? await catalogue.compact()
        if let failure { throw failure }
        return expired
    }

    /// As `cleanupExpiredSessions()`, for the uploads of one caller only, and without the bytes of earlier failed
    /// removals.
    @discardableResult
    public func cleanupExpiredSessions(for caller: Principal) async throws(UploadError) -> [SessionId] {
        guard let cutoff = expiryCutoff else { return [] }
        var expired: [SessionId] = []
        for id in try await unused(since: cutoff, limit: .max) {
            guard try await get(id).meta.caller == caller else { continue }
            if try await expire(id, notSeenSince: cutoff) { expired.append(id) }
        }
        return expired
    }

    /// Frees the unreferenced bytes whose earlier removal failed or was held back.
    ///
    /// - Throws: As `removeGarbage`.
    public func collectGarbage() async throws(UploadError) {
        try await removeGarbage(batch: 256) { _ in }
    }

    /// Aborts every pending upload. For tests and operators.
    public func clearAllSessions() async throws(UploadError) {
        while true {
            let page = try await catalogue.uploads(UploadFilter(state: .pending), after: nil, limit: limits.pageMax)
            for upload in page { try await abort(upload.id) }
            if page.isEmpty { return }
        }
    }

    // MARK: -

    /// Removes the uploads that ended, and the links that expired, longer ago than their retention.
    private func removeEnded() async throws(UploadError) {
        guard let cutoff = retentionCutoff else { return }
        let batch = 256
        var removed: [SessionId]
        repeat {
            removed = try await catalogue.removeEnded(before: cutoff, limit: batch)
            for id in removed { await forget(id) }
        } while removed.count == batch
        // Uploads that began through these links and are still pending can no longer be continued.
        while try await catalogue.removeLinks(expiredBefore: cutoff, limit: batch) == batch {}
    }

    /// Uploads that ended before this time are removed; nil if none is.
    private var retentionCutoff: Timestamp? {
        let (now, uptime) = (clock.now(), clock.uptimeMilliseconds())
        let cutoff = retentionClock.withLock { $0?.cutoff(now: now, uptime: uptime) }
        guard cutoff != nil, DeliberateFault.removeByTimeOfDay.isOn else { return cutoff }
        return now.advanced(byMilliseconds: -limits.endedRetentionMilliseconds)
    }

    private func unused(since cutoff: Timestamp, limit: Int) async throws(UploadError) -> [SessionId] {
        let time = DeliberateFault.sweepByCreation.isOn ? clock.now() : cutoff
        return try await catalogue.lastSeen(before: time, limit: limit)
    }

    /// Uploads last seen before this time expire; nil if none does.
    private var expiryCutoff: Timestamp? {
        expiryClock.withLock { $0.cutoff(now: clock.now(), uptime: clock.uptimeMilliseconds()) }
    }

    /// The time from which an upload's time to live counts.
    private func lastUse(of record: UploadRecord) -> Timestamp {
        DeliberateFault.sweepByCreation.isOn ? record.session.meta.createdAt : record.session.meta.lastSeen
    }

    /// Removes what is listed as garbage; nothing while removals are held back. Files that cannot be removed do not
    /// hold up the others: they are postponed.
    ///
    /// - Parameter didRemove: Called with the keys of each batch that were removed.
    /// - Throws: `unavailable` at the end, if some files could not be removed; at once, if the store cannot be reached.
    func removeGarbage(batch: Int, didRemove: ([ObjectKey]) -> Void) async throws(UploadError) {
        var (left, first): (Set<ObjectKey>, UploadError?) = ([], nil)
        while !removals.areHeld {
            let keys = try await catalogue.garbage(limit: batch)
            // A catalogue may list again what was postponed, after everything else.
            if keys.allSatisfy(left.contains) { break }
            let unremoved = try await removeEach(keys)
            let kept = Set(unremoved.map(\.key))
            didRemove(keys.filter { !kept.contains($0) })
            left.formUnion(kept)
            first = first ?? unremoved.first?.error
            if keys.count < batch { break }
        }
        guard let first else { return }
        throw UploadError(
            .unavailable(detail: "\(left.count) objects are not removed, and tried later: \(first.debugDescription)"))
    }

    /// Removes the files of ended uploads, then their garbage entries; nothing while removals are held back. Files that cannot
    /// be removed are postponed.
    ///
    /// - Throws: `unavailable`; the others are removed, unless the store cannot be reached.
    package func remove(_ garbage: [ObjectKey]) async throws(UploadError) {
        guard !removals.areHeld else { return }
        if let first = try await removeEach(garbage).first { throw first.error }
    }

    private func removeEach(_ garbage: [ObjectKey]) async throws(UploadError) -> [UnremovedObject] {
        if garbage.isEmpty { return [] }
        let unremoved = try await blobs.removeEach(garbage)
        let kept = Set(unremoved.map(\.key))
        let removed = garbage.filter { !kept.contains($0) }
        if !removed.isEmpty { try await catalogue.forgetGarbage(removed) }
        if !unremoved.isEmpty { try await catalogue.postponeGarbage(unremoved.map(\.key)) }
        return unremoved
    }

    private func expire(_ id: SessionId, notSeenSince cutoff: Timestamp) async throws(UploadError) -> Bool {
        // If the clock was set back during the sweep, uploads begun since look older than they are.
        guard let current = expiryCutoff else { return false }
        return try await expire(id, unlessSeenSince: min(cutoff, current))
    }

    /// - Returns: Whether it has expired; false if it was used, finished, referenced or ended meanwhile.
    func expire(_ id: SessionId, unlessSeenSince cutoff: Timestamp) async throws(UploadError) -> Bool {
        do throws(UploadError) {
            let garbage = try await end(id, as: .expired(at: clock.now()), unlessSeenSince: cutoff)
            try? await remove(garbage)
            return true
        } catch {
            guard [.superseded, .committed, .notFound, .gone, .inUse].contains(error.code) else { throw error }
            return false
        }
    }

    /// Stops the writers, records the end, and detaches the upload.
    ///
    /// - Throws: `superseded` if the upload was seen since.
    private func end(
        _ id: SessionId, as ending: SessionStatus, unlessSeenSince cutoff: Timestamp? = nil
    ) async throws(UploadError) -> [ObjectKey] {
        while true {
            let garbage = try await pinned(id) { reference throws(UploadError) in
                try await withTicket(reference) { ticket throws(UploadError) in
                    try await end(reference, ticket, as: ending, unlessSeenSince: cutoff)
                }
            }
            if let garbage { return garbage }
        }
    }

    /// - Returns: Nil if another call ended or lost the upload during the wait; try again then.
    private func end(
        _ reference: ActiveUploadReference, _ ticket: Ticket, as ending: SessionStatus,
        unlessSeenSince cutoff: Timestamp?
    ) async throws(UploadError) -> [ObjectKey]? {
        guard let record = try? record(reference) else { return nil }
        // An upload in use keeps its writers.
        if let cutoff, lastUse(of: record) >= cutoff { throw UploadError(.superseded) }
        do throws(UploadError) {
            try await drain(reference, ticket) { state in
                state.close(Stop(reason: UploadError(.superseded), keepsBytes: false), ticket)
            }
        } catch {
            return nil
        }
        try await claimIfShared(reference)
        // It may have been used during the wait.
        if let cutoff, lastUse(of: try self.record(reference)) >= cutoff { throw UploadError(.superseded) }
        let garbage = try await recording(reference) { fence throws(UploadError) in
            try await catalogue.end(
                reference.id, as: ending, fence: fence,
                unlessSeenSince: DeliberateFault.sweepByCreation.isOn ? nil : cutoff)
        }
        applyToState(reference) { upload in upload.state.end(ending) }
        return garbage
    }
}

extension ActiveUploads {
    /// The last uses of some uploads as known in memory; only those at or after the cutoff.
    func lastSeen(of ids: [SessionId], since cutoff: Timestamp) -> [SessionId: Timestamp] {
        var seen: [SessionId: Timestamp] = [:]
        for id in ids where !DeliberateFault.sweepByCreation.isOn {
            if let session = service.get(id), session.meta.lastSeen >= cutoff { seen[id] = session.meta.lastSeen }
        }
        return seen
    }
}
