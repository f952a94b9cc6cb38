public import SessionCore
public import UploadCore

extension UploadService where Store: MemoryCatalogue {
    /// Creates a memory of committed blobs and inline assets, atomically. Repeated under the same key, returns the same
    /// memory.
    ///
    /// - Parameter remark: Of a caller that made the renditions, about them.
    /// - Throws: `not_found` and `forbidden` (capsule), `not_found` for a blob that is not in the capsule,
    ///   `idempotency_conflict`, `invalid_argument`, `too_large`, `quota_exceeded`.
    public func createMemory(
        in capsule: CapsuleId, _ details: MemoryDetails, assets: [AssetDraft], remark: DerivationRemark? = nil,
        key: IdempotencyKey? = nil, by caller: Principal
    ) async throws(UploadError) -> Memory {
        try await createOrFindMemory(
            in: capsule, details, assets: assets, remark: remark, key: key, by: caller
        ).memory
    }

    /// As `createMemory`; `isNew` is false if an earlier request under the same key created the memory.
    package func createOrFindMemory(
        in capsule: CapsuleId, _ details: MemoryDetails, assets: [AssetDraft], remark: DerivationRemark? = nil,
        key: IdempotencyKey? = nil, by caller: Principal
    ) async throws(UploadError) -> (memory: Memory, isNew: Bool) {
        try check(details)
        if let remark { try Limits.require(remark.reason, atMost: limits.memoryTextBytesMax, .memoryTextBytes) }
        try checkKey(key)
        guard !assets.isEmpty else { throw UploadError(.invalidArgument("assets", "must not be empty")) }
        try Limits.require(UInt64(assets.count), atMost: limits.assetsMax, .assets)
        let now = now()
        var new: [NewAsset] = []
        for asset in assets { new.append(try newAsset(asset, at: now)) }
        let draft = MemoryDraft(
            id: MemoryId(ids.next(at: now)), capsule: capsule, creator: caller, details: details, createdAt: now,
            assets: new, key: key, fingerprint: details.fingerprint(capsule, assets, remark),
            limits: memoryLimits(of: caller), derivationError: remark?.error, derivationNote: remark?.note)
        let memory = try await catalogue.createMemory(draft, checkAccess: Self.accessCheck(.writer, caller))
        return (memory, memory.id == draft.id)
    }

    /// A memory with its assets.
    ///
    /// - Throws: `not_found`, also if the caller may not read its capsule.
    public func memory(_ id: MemoryId, by caller: Principal) async throws(UploadError) -> Memory {
        guard let (memory, capsule) = try await catalogue.memory(id) else { throw UploadError(.notFound(.memory)) }
        try capsule.require(.reader, of: caller, seeking: .memory)
        return memory
    }

    /// One page of a capsule's memories; `after` is the position of the last memory of the previous page.
    public func memories(
        in capsule: CapsuleId, after: MemoryPosition? = nil, order: MemoryOrder = .oldestFirst, limit: Int = .max,
        by caller: Principal
    ) async throws(UploadError) -> [Memory] {
        try await require(.reader, in: capsule, caller)
        return try await catalogue.memories(
            in: capsule, after: after, order: order, limit: max(1, min(limit, limits.pageMax)))
    }

    /// Changes the details of a memory in one transaction, so that concurrent changes are not lost.
    ///
    /// - Parameter revise: Pure; called in the transaction.
    /// - Throws: `not_found`, `forbidden`, `too_large`, errors of `revise`.
    public func updateMemory(
        _ id: MemoryId, by caller: Principal, _ revise: @escaping MemoryRevision
    ) async throws(UploadError) -> Memory {
        try await catalogue.updateMemory(id, checkAccess: Self.accessCheck(.writer, caller, seeking: .memory)) {
            [self] details throws(UploadError) in
            try revise(&details)
            try check(details)
        }
    }

    /// Adds an asset to a memory. Idempotent under the same key, while the memory has the asset.
    ///
    /// - Throws: `not_found` (memory, blob), `forbidden`, `invalid_argument`, `too_large`, `quota_exceeded`,
    ///   `idempotency_conflict`.
    public func addAsset(
        _ asset: AssetDraft, to id: MemoryId, key: IdempotencyKey? = nil, by caller: Principal
    ) async throws(UploadError) -> Memory {
        try await addOrFindAsset(asset, to: id, key: key, by: caller).memory
    }

    /// As `addAsset`; `isNew` is false if an earlier request under the same key added the asset.
    package func addOrFindAsset(
        _ asset: AssetDraft, to id: MemoryId, key: IdempotencyKey?, by caller: Principal
    ) async throws(UploadError) -> (memory: Memory, isNew: Bool) {
        try checkKey(key)
        do throws(UploadError) {
            return try await catalogue.addAsset(
                newAsset(asset, id: key.map { AssetId(of: $0, in: id, by: caller) }, at: now()), to: id,
                limits: memoryLimits(of: caller), checkAccess: Self.accessCheck(.writer, caller, seeking: .memory))
        } catch  where error.code == .alreadyExists {
            throw UploadError(.idempotencyConflict)
        }
    }

    /// Removes an asset; with `withBlob` also deletes its blob, unless anything else uses it.
    ///
    /// - Throws: `not_found` (memory, asset), `forbidden`.
    public func removeAsset(
        _ asset: AssetId, from id: MemoryId, withBlob: Bool = false, by caller: Principal
    ) async throws(UploadError) -> Memory {
        let blobs = withBlob ? try await memory(id, by: caller).assets.filter { $0.id == asset }.compactMap(\.blob) : []
        let (memory, garbage) = try await catalogue.removeAsset(
            asset, from: id, withBlob: withBlob, at: now(),
            checkAccess: Self.accessCheck(.writer, caller, seeking: .memory))
        for blob in blobs { await sessions.forget(blob.value) }
        try? await sessions.remove(garbage)
        return memory
    }

    /// Deletes a memory; with `withBlobs` also its blobs that no other memory uses.
    ///
    /// - Throws: `not_found`, `forbidden`.
    public func deleteMemory(
        _ id: MemoryId, withBlobs: Bool = false, by caller: Principal
    ) async throws(UploadError) {
        let blobs = withBlobs ? try await memory(id, by: caller).assets.compactMap(\.blob) : []
        let garbage = try await catalogue.deleteMemory(
            id, withBlobs: withBlobs, at: now(), checkAccess: Self.accessCheck(.writer, caller, seeking: .memory))
        for blob in blobs { await sessions.forget(blob.value) }
        try? await sessions.remove(garbage)
    }

    /// - Parameter caller: Who adds assets.
    package func memoryLimits(of caller: Principal) -> MemoryLimits {
        MemoryLimits(
            inlineBudgetBytes: limits.inlineBudgetBytes, assetsMax: limits.assetsMax, quotas: limits.quotas,
            caller: caller)
    }

    private func check(_ details: MemoryDetails) throws(UploadError) {
        try Limits.require(details.title, atMost: limits.titleBytesMax, .titleBytes)
        try Limits.require(details.text, atMost: limits.memoryTextBytesMax, .memoryTextBytes)
        try Limits.require(UInt64(details.tags.count), atMost: limits.tagsMax, .tags)
        for tag in details.tags { try Limits.require(tag, atMost: limits.titleBytesMax, .titleBytes) }
        try Limits.require(details.type, atMost: limits.contentTypeBytesMax, .contentTypeBytes)
        try Limits.require(UInt64(details.thumbHash?.count ?? 0), atMost: limits.thumbHashBytesMax, .thumbHashBytes)
    }

    /// - Parameter id: Nil for a new id.
    package func newAsset(
        _ draft: AssetDraft, id: AssetId? = nil, at now: Timestamp
    ) throws(UploadError) -> NewAsset {
        guard !draft.kind.name.isEmpty else { throw UploadError(.invalidArgument("kind", "is empty")) }
        try Limits.require(draft.kind.name, atMost: limits.contentTypeBytesMax, .contentTypeBytes)
        var digest: Digest?
        if case .inline(let bytes, let contentType) = draft.content {
            try Limits.require(UInt64(bytes.count), atMost: limits.inlineAssetBytesMax, .inlineAssetBytes)
            try Limits.require(contentType, atMost: limits.contentTypeBytesMax, .contentTypeBytes)
            digest = Digest(of: bytes)
        }
        return NewAsset(id: id ?? AssetId(ids.next(at: now)), draft: draft, digest: digest)
    }
}

extension Asset {
    /// nil for an inline asset.
    package var blob: BlobId? {
        if case .blob(let id) = content { id } else { nil }
    }
}

extension AssetId {
    /// The id of an asset added under an idempotency key: a version 8 UUID (RFC 9562, section 5.8) made of a digest, so
    /// that repeated requests name the same asset without a table of keys.
    fileprivate init(of key: IdempotencyKey, in memory: MemoryId, by caller: Principal) {
        var fingerprint = Fingerprint("asset")
        fingerprint.add(memory.value.bytes)
        fingerprint.add(caller.name)
        fingerprint.add(key.bytes)
        let digest = fingerprint.digest().bytes
        func half(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
        self.init(
            SessionId(
                high: half(digest[0..<8]) & ~0xF000 | 0x8000, low: half(digest[8..<16]) >> 2 | 0x8000_0000_0000_0000))
    }
}

extension MemoryDetails {
    /// The fingerprint of a creation request without its key.
    package func fingerprint(
        _ capsule: CapsuleId, _ assets: [AssetDraft], _ remark: DerivationRemark? = nil
    ) -> Digest {
        var fingerprint = Fingerprint("memory")
        fingerprint.add(capsule.value.bytes)
        fingerprint.add(title)
        fingerprint.add(text)
        fingerprint.add(UInt64(tags.count))
        for tag in tags { fingerprint.add(tag) }
        fingerprint.add(type)
        fingerprint.add(
            takenAt.map { UInt64(bitPattern: $0.instant?.milliseconds ?? $0.localMilliseconds) })
        for asset in assets {
            fingerprint.add(asset.kind.name)
            fingerprint.add(asset.width.map(UInt64.init))
            fingerprint.add(asset.height.map(UInt64.init))
            switch asset.content {
            case .blob(let id): fingerprint.add(id.value.bytes)
            case .inline(let bytes, let contentType):
                fingerprint.add(bytes)
                fingerprint.add(contentType)
            }
        }
        // Without a hash no field is added, so that fingerprints stored before hashes existed still match.
        if let thumbHash { fingerprint.add(thumbHash) }
        // Nor does UTC, which was the only zone.
        if let takenAt, takenAt.zoneMinutes != 0 {
            fingerprint.add("taken in")
            fingerprint.add(takenAt.zoneMinutes.map { UInt64(bitPattern: Int64($0)) })
        }
        if let remark {
            fingerprint.add(remark.error == nil ? "noted" : "failed")
            fingerprint.add(remark.note.map { UInt64($0.extent.rawValue) })
            fingerprint.add(remark.reason)
        }
        return fingerprint.digest()
    }
}
