package import SessionCore
package import UploadCore

/// The whole row of an upload; its durable chunks and its parts are in other tables.
package struct UploadRow: Sendable {
    package let head: UploadHead
    package let caller: Principal
    package let createdAt: Timestamp
    package let idempotencyKey: IdempotencyKey?
    /// Nil once it has ended.
    package let fingerprint: Digest?
    package let expectedDigest: Digest?
    package let asset: AssetMetadata
    package let recipe: Recipe?
    package let companions: [Companion]
    package let tailChecksum: Checksum?
    package let prefixHash: SHA256Midstate?
    package let fence: Fence

    package init(
        head: UploadHead, caller: Principal, createdAt: Timestamp, idempotencyKey: IdempotencyKey?,
        fingerprint: Digest?, expectedDigest: Digest?, asset: AssetMetadata, recipe: Recipe?, companions: [Companion],
        tailChecksum: Checksum?, prefixHash: SHA256Midstate?, fence: Fence = .initial
    ) {
        self.head = head
        self.caller = caller
        self.createdAt = createdAt
        self.idempotencyKey = idempotencyKey
        self.fingerprint = fingerprint
        self.expectedDigest = expectedDigest
        self.asset = asset
        self.recipe = recipe
        self.companions = companions
        self.tailChecksum = tailChecksum
        self.prefixHash = prefixHash
        self.fence = fence
    }

    private var spec: SessionSpec {
        SessionSpec(
            layout: head.layout, expectedBytes: head.length,
            owner: SessionOwner(capsule: head.capsule, caller: caller), idempotencyKey: idempotencyKey)
    }

    /// - Parameter durableChunks: Ignored unless the upload has a ledger.
    package func record(durableChunks: PieceSet, parts: [SessionId]) -> UploadRecord {
        let pieces = head.isCommitted ? spec.allPieces : head.hasLedger ? durableChunks : PieceSet()
        let meta = UploadSessionMeta(
            session: head.id, capsule: head.capsule, caller: caller, asset: asset,
            provisionalMemoryId: head.provisionalMemoryId, idempotencyKey: idempotencyKey,
            expectedDigest: expectedDigest, isPartial: head.isPartial, recipe: recipe, companions: companions,
            storage: head.storage)
        let session = Session(
            id: head.id, spec: spec,
            meta: SessionMeta(createdAt: createdAt, lastSeen: head.lastSeen, status: head.status), pieces: pieces,
            offset: head.offset)
        return UploadRecord(
            meta: meta, session: session, fingerprint: fingerprint, parts: parts,
            digest: head.isCommitted ? head.digest : nil, tailChecksum: tailChecksum, prefixHash: prefixHash,
            fence: fence)
    }

    /// Of a committed upload.
    package func summary() throws(UploadError) -> BlobSummary {
        guard let length = head.length, let digest = head.digest else {
            throw UploadError(.storeCorrupt(detail: "blob \(head.id.text) has no length or no digest"))
        }
        return BlobSummary(
            id: BlobId(head.id), capsule: head.capsule, asset: asset, size: length, digest: digest,
            chunkSize: head.isConcatenation ? nil : head.chunkSize, createdAt: createdAt)
    }
}

/// A blob as the database holds it. The caller's thread unpacks the extents of a concatenation: callers share the
/// threads of the database.
package struct BlobRow: Sendable {
    private let row: UploadRow
    package let capsule: Capsule
    private let packedExtents: [UInt8]?
    private let ownExtents: [Extent]

    /// - Parameters:
    ///   - packedExtents: The extents of a concatenation; nil for an upload with its own bytes.
    ///   - ownExtents: The extents of an upload with its own bytes.
    package init(row: UploadRow, capsule: Capsule, packedExtents: [UInt8]?, ownExtents: [Extent]) {
        self.row = row
        self.capsule = capsule
        self.packedExtents = packedExtents
        self.ownExtents = ownExtents
    }

    package func blob() throws(UploadError) -> Blob {
        let summary = try row.summary()
        var extents = ownExtents
        if let packedExtents { extents = try [Extent](packed: packedExtents) }
        return Blob(
            id: summary.id, capsule: summary.capsule, asset: summary.asset, size: summary.size, digest: summary.digest,
            chunkSize: summary.chunkSize, createdAt: summary.createdAt, extents: extents)
    }
}
