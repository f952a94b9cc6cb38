import SessionCore
import UploadCore

/// What principals use, computed from everything that counts.
extension ModelState {
    func usage(of principal: Principal) -> Usage {
        var usage = Usage()
        let own = Set(capsules.values.filter { $0.owner == principal }.map(\.id))
        for capsule in capsules.values where own.contains(capsule.id) {
            usage.capsules += 1
            usage.members += UInt64(capsule.memberCount)
        }
        for memory in memories.values where own.contains(memory.memory.capsule) {
            usage.storedBytes += memory.memory.assets.reduce(0) { $0 + $1.inlineBytes }
        }
        for upload in uploads.values {
            let isPending = upload.status.isPending
            if own.contains(upload.record.meta.capsule) {
                if isPending { usage.reservedBytes += upload.countedBytes }
                if !isPending { usage.storedBytes += upload.countedBytes }
            }
            if isPending, upload.record.meta.caller == principal {
                usage.pendingUploads += 1
                usage.pendingBytes += upload.countedBytes
            }
        }
        return usage
    }

    func usages(after principal: Principal?, limit: Int) -> [PrincipalUsage] {
        let pending = uploads.values.filter { $0.status.isPending }.map(\.record.meta.caller)
        let principals = Set(capsules.values.map(\.owner)).union(pending)
        let ordered = principals.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        return ordered.filter { other in
            principal.map { $0.name.utf8.lexicographicallyPrecedes(other.name.utf8) } ?? true
        }.prefix(max(0, limit)).map { PrincipalUsage(principal: $0, usage: usage(of: $0)) }
    }
}

// MARK: - Limits

extension ModelState {
    /// Requires that an upload may begin.
    func requireRoom(for draft: UploadDraft, in capsule: Capsule) throws(UploadError) {
        let caller = draft.record.meta.caller
        // An upload of unknown length has to have room for its first byte.
        let bytes = draft.record.parts.isEmpty ? draft.record.session.spec.expectedBytes ?? 1 : 0
        if draft.isPending {
            let usage = usage(of: caller)
            try draft.allowance.requirePendingUpload(beside: usage)
            try draft.allowance.requirePendingBytes(bytes, beside: usage)
        }
        try draft.allowance.quotas.requireRoom(
            for: bytes, beside: usage(of: capsule.owner).quotaBytes, of: capsule.owner, caller: caller)
    }

    /// Requires that an upload may change so.
    func requireRoom(
        for changed: ModelUpload, insteadOf upload: ModelUpload, _ allowance: Allowance
    ) throws(UploadError) {
        guard changed.countedBytes > upload.countedBytes else { return }
        let more = changed.countedBytes - upload.countedBytes
        let (caller, owner) = (upload.record.meta.caller, try requireCapsule(upload.record.meta.capsule).owner)
        try allowance.requirePendingBytes(more, beside: usage(of: caller))
        try allowance.quotas.requireRoom(
            for: more, beside: usage(of: owner).quotaBytes, of: owner, caller: caller)
    }

    /// Requires that a concatenation has not too many parts, none of them too often, and not too many bytes.
    func requireModestParts(of record: UploadRecord, _ allowance: Allowance) throws(UploadError) {
        let length = record.parts.reduce(0) { $0 + knownLength(of: $1) }
        try Limits.require(length, atMost: allowance.concatenationBytesMax, .uploadBytes)
        let sources = record.parts.flatMap { leaves(of: $0) }
        try Limits.require(UInt64(sources.count), atMost: allowance.partsMax, .parts)
        let repeats = sources.reduce(into: [:]) { $0[$1, default: UInt64(0)] += 1 }.values.max() ?? 0
        try Limits.require(repeats, atMost: allowance.partRepeatsMax, .partRepeats)
    }

    private func knownLength(of id: SessionId) -> UInt64 {
        guard let record = uploads[id]?.record else { return 0 }
        return record.session.spec.expectedBytes ?? record.parts.reduce(0) { $0 + knownLength(of: $1) }
    }

    private func leaves(of id: SessionId) -> [SessionId] {
        guard let upload = uploads[id], !upload.record.parts.isEmpty else { return [id] }
        return upload.extents?.map(\.source) ?? upload.record.parts.flatMap { leaves(of: $0) }
    }
}

extension ModelUpload {
    /// The bytes with which the upload counts; see `Usage`.
    var countedBytes: UInt64 {
        guard !isFreed, record.parts.isEmpty else { return 0 }
        let session = record.session
        if let length = session.spec.expectedBytes { return length }
        return session.spec.chunkSize.map { $0 * session.receivedCount } ?? session.offset
    }
}
