import SessionCore
import UploadCore
import UploadMemories

extension CatalogueFixture {
    /// A draft of an upload of 25 bytes in chunks of 10 by default.
    ///
    /// - Parameter request: Stands for everything covered by the request's fingerprint.
    func draft(
        _ capsule: Capsule, id: SessionId? = nil, caller: Principal? = nil, key: IdempotencyKey? = nil,
        request: String = "request", layout: SessionLayout = .chunks(size: 10), length: UInt64? = 25,
        asset: AssetMetadata = AssetMetadata(name: "letter.txt", contentType: "text/plain", opaque: "kept"),
        provisionalMemoryId: String = "memory 1", parts: [SessionId] = [], isPartial: Bool = false,
        storage: Storage = .file, activeMax: UInt64 = 1000, seen: Int64 = 0, content: String? = nil,
        recipe: Recipe? = nil, companions: [Companion] = [], takesCapsuleRecipe: Bool = false,
        allowance: Allowance = .unlimited,
        pendingDerivationsMax: UInt64 = 1000, link: LinkId? = nil
    ) -> UploadDraft {
        let id = id ?? nextId()
        let caller = caller ?? link.map { Principal($0) } ?? ada
        let meta = UploadSessionMeta(
            session: id, capsule: capsule.id, caller: caller, asset: asset, provisionalMemoryId: provisionalMemoryId,
            idempotencyKey: key, expectedDigest: Digest(of: Array("expected".utf8)), isPartial: isPartial,
            recipe: recipe, companions: companions, storage: storage)
        let session = Session(
            id: id,
            spec: SessionSpec(
                layout: layout, expectedBytes: content.map { UInt64($0.utf8.count) } ?? length,
                owner: SessionOwner(capsule: capsule.id, caller: caller), idempotencyKey: key),
            meta: SessionMeta(createdAt: time(seen), lastSeen: time(seen), status: .pending))
        return UploadDraft(
            record: UploadRecord(
                meta: meta, session: session, fingerprint: Digest(of: Array(request.utf8)), parts: parts),
            activeMax: activeMax, allowance: allowance, pendingDerivationsMax: pendingDerivationsMax,
            content: content.map { .init(bytes: Array($0.utf8), digest: Digest(of: Array($0.utf8))) },
            takesCapsuleRecipe: takesCapsuleRecipe, link: link)
    }

    /// A draft of a concatenation of unknown length.
    func concatenation(
        of parts: [SessionId], in capsule: Capsule, isPartial: Bool = false, key: IdempotencyKey? = nil,
        allowance: Allowance = .unlimited
    ) -> UploadDraft {
        draft(
            capsule, key: key, layout: .append, length: nil, parts: parts, isPartial: isPartial, allowance: allowance)
    }

    /// A committed part of 25 bytes.
    func committedPart(_ capsule: Capsule, bytes: String = "bytes", seen: Int64 = 0) async throws -> UploadRecord {
        try await committed(draft(capsule, isPartial: true, seen: seen), bytes: bytes)
    }
}

extension IdempotencyKey {
    init(_ text: String) {
        self.init(bytes: Array(text.utf8))
    }
}

// MARK: - Comparing records

/// Requires two records to agree in everything durable.
func requireSame(
    _ found: UploadRecord, _ expected: UploadRecord, _ what: String, file: StaticString = #fileID, line: UInt = #line
) throws(ContractViolation) {
    try requireEqual(found.meta, expected.meta, "\(what), metadata", file: file, line: line)
    try requireEqual(found.session.spec, expected.session.spec, "\(what), spec", file: file, line: line)
    try requireEqual(found.session.meta, expected.session.meta, "\(what), session", file: file, line: line)
    try requireEqual(found.session.pieces, expected.session.pieces, "\(what), pieces", file: file, line: line)
    try requireEqual(found.session.offset, expected.session.offset, "\(what), offset", file: file, line: line)
    try requireEqual(found.fingerprint, expected.fingerprint, "\(what), fingerprint", file: file, line: line)
    try requireEqual(found.parts, expected.parts, "\(what), parts", file: file, line: line)
    try requireEqual(found.digest, expected.digest, "\(what), digest", file: file, line: line)
}

// MARK: - Memories

extension CatalogueFixture {
    static let memoryLimits = MemoryLimits(inlineBudgetBytes: 1 << 20, assetsMax: 32)

    /// A blob of 25 bytes of the type text/plain.
    func blob(in capsule: Capsule) async throws -> BlobId {
        BlobId(try await committed(draft(capsule)).id)
    }

    /// A draft of a memory.
    ///
    /// - Parameter request: Stands for everything covered by the request's fingerprint.
    func memory(
        _ capsule: Capsule, id: MemoryId? = nil, creator: Principal? = nil, details: MemoryDetails = MemoryDetails(),
        assets: [NewAsset] = [], companions: [NewAsset] = [], key: IdempotencyKey? = nil, request: String = "request",
        limits: MemoryLimits = memoryLimits, derivationError: String? = nil
    ) -> MemoryDraft {
        MemoryDraft(
            id: id ?? MemoryId(nextId()), capsule: capsule.id, creator: creator ?? ada, details: details,
            createdAt: time(3), assets: assets, companions: companions, key: key,
            fingerprint: Digest(of: Array(request.utf8)), limits: limits,
            derivationError: derivationError)
    }

    func asset(_ blob: BlobId) -> NewAsset {
        let draft = AssetDraft(kind: .original, content: .blob(blob), width: 640, height: .max)
        return NewAsset(id: AssetId(nextId()), draft: draft, digest: nil)
    }

    func inline(_ text: String) -> NewAsset {
        let bytes = Array(text.utf8)
        let draft = AssetDraft(kind: AssetKind("small"), content: .inline(bytes, contentType: "image/webp"), width: 0)
        return NewAsset(id: AssetId(nextId()), draft: draft, digest: Digest(of: bytes))
    }

    func add(
        _ asset: NewAsset, to id: MemoryId, _ limits: MemoryLimits = memoryLimits
    ) async throws -> Memory {
        try await catalogue.addAsset(asset, to: id, limits: limits, checkAccess: admitAll).memory
    }

    /// The assets expected of a draft: for a blob, type, size and digest are the blob's.
    func expectedAssets(_ draft: MemoryDraft, blobSize: UInt64) throws -> [Asset] {
        try draft.assets.map { new in
            let (contentType, size, digest, content): (String, UInt64, Digest?, Asset.Content) =
                switch new.draft.content {
                case .blob(let id): ("text/plain", blobSize, self.digest("bytes").digest, .blob(id))
                case .inline(let bytes, let type): (type, UInt64(bytes.count), new.digest, .inline(bytes))
                }
            return Asset(
                id: new.id, kind: new.draft.kind, contentType: contentType, size: size, width: new.draft.width,
                height: new.draft.height, digest: try requireValue(digest, "the digest of the draft"), content: content)
        }
    }
}
