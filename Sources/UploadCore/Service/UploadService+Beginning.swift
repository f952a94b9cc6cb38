public import SessionCore

extension UploadService {
    /// Begins an upload. Repeated with the same idempotency key, returns the same upload, pending or committed.
    ///
    /// The bytes count against the quota of the capsule's owner from here on: a declared length is reserved, an upload of
    /// unknown length counts as it grows.
    ///
    /// - Throws: `not_found` and `forbidden` (capsule), `invalid_argument`, `too_large`, `too_many`, `quota_exceeded`,
    ///   `idempotency_conflict`, `unavailable`, `store_full`; for the bearer of a link `link_expired` and
    ///   `type_not_accepted`.
    public func beginUpload(_ request: BeginRequest, by caller: Principal) async throws(UploadError) -> Began {
        let draft = try draft(request, by: caller, content: nil)
        return try await sessions.create(draft, checkAccess: Self.uploadCheck(caller))
    }

    /// Stores a whole small upload atomically: it is begun and committed in one transaction. If an earlier request with
    /// its idempotency key has begun the upload in another way, continues and commits that one.
    ///
    /// - Parameter bytes: At most `Limits.catalogueBytesMax`; they are hashed on the caller's thread (35 µs for 64
    ///   KiB).
    /// - Throws: As `beginUpload`; `checksum_mismatch` or `size_mismatch` if the bytes contradict the request;
    ///   `too_large`.
    public func putWhole(
        _ request: BeginRequest, _ bytes: [UInt8], by caller: Principal
    ) async throws(UploadError) -> Began {
        var request = request
        let size = UInt64(bytes.count)
        try Limits.require(size, atMost: limits.catalogueBytesMax, .uploadBytes)
        if let length = request.length, length != size {
            throw UploadError(.sizeMismatch(expected: length, actual: size))
        }
        let fingerprint = request.fingerprint()
        let digest = Digest(of: bytes)
        if let expected = request.expectedDigest, expected != digest {
            throw UploadError(.checksumMismatch(expected: expected.hex, actual: digest.hex))
        }
        request.length = size
        request.expectedDigest = digest
        let draft = try draft(
            request, by: caller, fingerprint: fingerprint, content: .init(bytes: bytes, digest: digest))
        let began = try await sessions.create(draft, checkAccess: Self.uploadCheck(caller))
        guard case .replayed(let record) = began else { return began }
        if record.session.meta.status.isPending {
            try await complete(record, with: bytes)
            return .replayed(try await commit(record.id, digest: digest, length: size, by: caller))
        }
        guard record.digest == nil || record.digest == .whole(digest) else { throw UploadError(.idempotencyConflict) }
        return began
    }

    /// Concatenates uploads in order without copying their bytes. The result is committed at once if all parts are
    /// committed; otherwise it is pending until the commit of the last part. Parts are uploads of the same caller and
    /// capsule that were begun as parts. A part may be used up to `Limits.partRepeatsMax` times, and may end once the
    /// concatenation is committed.
    ///
    /// The digest of the result is computed from the digests of the parts. If the request states the digest of the
    /// whole, all bytes are read and verified instead.
    ///
    /// - Throws: As `beginUpload`; `not_found` for a part that does not exist or belongs to another caller;
    ///   `checksum_mismatch`.
    public func concatenate(
        _ request: BeginRequest, parts: [SessionId], by caller: Principal
    ) async throws(UploadError) -> UploadRecord {
        guard !parts.isEmpty else { throw UploadError(.invalidArgument("parts", "must not be empty")) }
        try Limits.require(UInt64(parts.count), atMost: limits.partsMax, .parts)
        let draft = try draft(
            request, by: caller, parts: parts, fingerprint: request.fingerprint(parts: parts), content: nil)
        let began = try await sessions.create(draft, checkAccess: Self.uploadCheck(caller))
        guard began.record.session.meta.status.isPending else { return began.record }
        do throws(UploadError) {
            return try await commit(began.record.id, by: caller)
        } catch  where error.code == .incomplete {
            return began.record
        }
    }

    /// Requires that the caller may upload to the capsule.
    package static func uploadCheck(_ caller: Principal) -> AccessCheck {
        { capsule throws(UploadError) in try capsule.requireUploading(by: caller) }
    }

    package static func accessCheck(
        _ role: Role, _ caller: Principal, seeking subject: Capsule.Subject = .capsule
    ) -> AccessCheck {
        { capsule throws(UploadError) in try capsule.require(role, of: caller, seeking: subject) }
    }

    /// Stores derived bytes as an upload of the caller, without an access check and without the limits of pending
    /// uploads; the quota of the capsule's owner applies. Continues an earlier attempt under the same key.
    ///
    /// - Parameter request: An append with the length of `bytes`.
    package func storeWhole(
        _ request: BeginRequest, _ bytes: [UInt8], _ digest: Digest, by caller: Principal
    ) async throws(UploadError) -> SessionId {
        let isSmall = UInt64(bytes.count) <= limits.catalogueBytesMax
        let draft = try draft(
            request, by: caller, content: isSmall ? .init(bytes: bytes, digest: digest) : nil, isDerived: true)
        let record = try await sessions.create(draft, checkAccess: { _ in }).record
        guard record.blob == nil else { return record.id }
        try await complete(record, with: bytes)
        return try await sessions.finish(record.id, digest: digest, checkAccess: { _ in }).id
    }

    /// Stores the bytes that a pending upload lacks.
    ///
    /// - Throws: `chunk_conflict` or `size_mismatch` if it has other bytes.
    private func complete(_ record: UploadRecord, with bytes: [UInt8]) async throws(UploadError) {
        if let size = record.session.spec.chunkSize {
            for start in stride(from: 0, to: bytes.count, by: Int(clamping: size)) {
                let chunk = bytes[start..<min(bytes.count, start + Int(clamping: size))]
                try await sessions.putChunk(record.id, index: UInt64(start) / size, chunk, digest: nil)
            }
            return
        }
        let offset = record.session.offset
        guard offset <= bytes.count else {
            throw UploadError(.sizeMismatch(expected: offset, actual: UInt64(bytes.count)))
        }
        let writer = try await sessions.openAppend(record.id, at: offset)
        do throws(UploadError) {
            try await writer.write(bytes[Int(offset)...])
        } catch {
            await writer.cancel()
            throw error
        }
        try await writer.complete()
    }

    // MARK: - From a request to a draft

    /// - Parameter fingerprint: nil for that of `request`, which is then as the client stated it.
    func draft(
        _ request: BeginRequest, by caller: Principal, parts: [SessionId] = [], fingerprint: Digest? = nil,
        content: UploadDraft.Content?, source: BlobId? = nil, isDerived: Bool = false
    ) throws(UploadError) -> UploadDraft {
        try checkTexts(request, caller)
        if !isDerived { try checkKey(request.idempotencyKey) }
        let layout = try layout(of: request)
        let now = now()
        let id = ids.next(at: now)
        if request.isPartial, request.derivation.recipe != nil {
            throw UploadError(.invalidArgument("derive", "has no meaning for a part"))
        }
        try checkCompanions(request.derivation)
        let isSmall = parts.isEmpty && (request.length.map { $0 <= limits.catalogueBytesMax } ?? false)
        let meta = UploadSessionMeta(
            session: id, capsule: request.capsule, caller: caller, asset: request.asset,
            provisionalMemoryId: request.provisionalMemoryId, idempotencyKey: request.idempotencyKey,
            expectedDigest: request.expectedDigest, isPartial: request.isPartial,
            recipe: request.derivation.recipe, companions: request.derivation.companions,
            storage: isSmall ? .catalogue : .file)
        let spec = SessionSpec(
            layout: layout, expectedBytes: request.length,
            owner: SessionOwner(capsule: request.capsule, caller: caller), idempotencyKey: request.idempotencyKey)
        let session = Session(
            id: id, spec: spec, meta: SessionMeta(createdAt: now, lastSeen: now, status: .pending))
        var allowance = limits.allowance
        if isDerived { (allowance.callerUploadsMax, allowance.callerBytesMax) = (.max, .max) }
        return UploadDraft(
            record: UploadRecord(
                meta: meta, session: session, fingerprint: fingerprint ?? request.fingerprint(), parts: parts),
            activeMax: isDerived ? .max : activeMax(of: caller), allowance: allowance,
            pendingDerivationsMax: limits.pendingDerivationsMax, content: content, source: source,
            takesCapsuleRecipe: request.derivation == .capsuleDefault && !request.isPartial,
            link: isDerived ? nil : caller.link)
    }

    /// All bearers of a link are one caller: they have what a caller has in all its capsules.
    private func activeMax(of caller: Principal) -> UInt64 {
        caller.link == nil ? limits.activeUploadsMax : limits.activeUploadsPerCallerMax
    }

    private func layout(of request: BeginRequest) throws(UploadError) -> SessionLayout {
        if let length = request.length { try Limits.require(length, atMost: limits.uploadBytesMax, .uploadBytes) }
        guard case .chunks(let wanted) = request.layout else {
            guard request.expectedChunks == nil else {
                throw UploadError(.invalidArgument("expected_chunks", "has no meaning for an append"))
            }
            return .append
        }
        let size = wanted ?? limits.chunkSizeDefault
        try Limits.require(size, atMost: limits.chunkSizeMax, .chunkSize)
        guard size >= limits.chunkSizeMin else {
            throw UploadError(.invalidArgument("chunk_size", "is \(size), less than \(limits.chunkSizeMin)"))
        }
        let count = request.length.map { $0 / size + ($0 % size == 0 ? 0 : 1) }
        if let count { try Limits.require(count, atMost: limits.chunksMax, .chunks) }
        if let expected = request.expectedChunks {
            try Limits.require(expected, atMost: limits.chunksMax, .chunks)
            guard count == nil || count == expected else {
                throw UploadError(
                    .invalidArgument("expected_chunks", "is \(expected), but length and chunk size make \(count ?? 0)"))
            }
        }
        return .chunks(size: size)
    }

    /// The memory may have no more assets than one that callers make.
    private func checkCompanions(_ derivation: RecipeChoice) throws(UploadError) {
        guard case .recipe(let recipe, let companions) = derivation, !companions.isEmpty else { return }
        try Limits.require(recipe.assetsMax + UInt64(companions.count), atMost: limits.assetsMax, .assets)
        guard Set(companions.map(\.blob)).count == companions.count else {
            throw UploadError(.invalidArgument("companions", "name a blob twice"))
        }
    }

    private func checkTexts(_ request: BeginRequest, _ caller: Principal) throws(UploadError) {
        try Limits.require(request.asset.name, atMost: limits.nameBytesMax, .nameBytes)
        try Limits.require(request.asset.contentType, atMost: limits.contentTypeBytesMax, .contentTypeBytes)
        try Limits.require(request.asset.opaque, atMost: limits.opaqueMetadataBytesMax, .opaqueMetadataBytes)
        try Limits.require(
            request.provisionalMemoryId, atMost: limits.provisionalMemoryIdBytesMax, .provisionalMemoryIdBytes)
        // The zero byte separates this id from the session's in the object key.
        guard !request.provisionalMemoryId.utf8.contains(0) else {
            throw UploadError(.invalidArgument("provisional_memory_id", "has a zero byte"))
        }
        try Limits.require(caller.name, atMost: limits.principalBytesMax, .principalBytes)
    }

    package func checkKey(_ key: IdempotencyKey?) throws(UploadError) {
        guard let key else { return }
        guard !key.bytes.isEmpty else { throw UploadError(.invalidArgument("idempotency_key", "is empty")) }
        guard !key.bytes.starts(with: IdempotencyKey.derivedPrefix) else {
            throw UploadError(.invalidArgument("idempotency_key", "is reserved for derived uploads"))
        }
        try Limits.require(UInt64(key.bytes.count), atMost: limits.idempotencyKeyBytesMax, .idempotencyKeyBytes)
    }
}

extension IdempotencyKey {
    /// The start of the keys of derived uploads, which no caller may use.
    package static let derivedPrefix = Array("\0derived ".utf8)
}
