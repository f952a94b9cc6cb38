public import SessionCore

/// The durable facts about uploads: their metadata and the ledgers of their pieces.
///
/// Laws, besides those of `Catalogue` (checked by `CatalogueContract.Port.uploads`):
/// - the cost of `begin` does not depend on the number of uploads; a sweep costs what it returns;
/// - `record`, `amend`, `commit` and `end` under a fence that is not the upload's current one throw `superseded` while
///   it is pending, and change nothing.
///
/// A catalogue that several engines share has further laws (`CatalogueContract.sharing`): `claim` returns everything
/// that was recorded before it and fences off every earlier holder, atomically. Two holders of one upload thus never
/// both change it, regardless of clocks, pauses and networks.
public protocol UploadCatalogue: Sendable {
    /// Whether other engines use the catalogue at the same time. The engine then claims uploads before it appends to,
    /// finishes or ends them, and keeps no idle upload in memory.
    var isShared: Bool { get }

    /// Whether `record` stores receipts and chunk digests; see `BlobStore.givesReceipts`.
    var keepsReceipts: Bool { get }

    /// Reads an upload in any state; in a shared catalogue it raises the fence of a pending one, too.
    ///
    /// - Returns: The upload with its current fence; nil if there is none.
    func claim(_ id: SessionId) async throws(UploadError) -> UploadRecord?

    /// The recorded digest of a durable chunk of a pending upload; nil otherwise, or without receipts.
    func chunkDigest(_ index: UInt64, of id: SessionId) async throws(UploadError) -> Digest?

    /// Records a new upload, or finds the earlier upload with its idempotency key. A key is looked up among the pending
    /// and committed uploads of the same capsule and caller, after `checkAccess`: an aborted or expired upload releases
    /// its key.
    ///
    /// A draft with content is recorded as committed at once, with its bytes; a draft with a source as committed at once,
    /// with the source as its part, whose caller, capsule and partiality do not matter.
    ///
    /// Parts do not count for `UploadDraft.activeMax`.
    ///
    /// A companion must be a blob of the same capsule. Callers without read access can name only blobs that they uploaded.
    ///
    /// - Throws: `not_found` (the capsule; its link; a part of another caller or capsule, or an ended one; a source that is
    ///   no blob in a capsule of the same owner; a companion), `link_expired`,
    ///   `type_not_accepted`, `invalid_argument` (a part that was not begun as one; what a link does not take), the errors
    ///   of `checkAccess`, `idempotency_conflict`, `too_many`,
    ///   `quota_exceeded`, `too_large` (the parts of a concatenation, their repeats, or their known lengths),
    ///   `already_exists` (the id is taken, perhaps by an ended upload).
    func begin(_ draft: UploadDraft, checkAccess: @escaping AccessCheck) async throws(UploadError) -> Began

    /// An upload in any state; nil if there is none.
    func upload(_ id: SessionId) async throws(UploadError) -> UploadRecord?

    /// The pending upload that was begun with a key; nil if there is none.
    func findPending(
        capsule: CapsuleId, caller: Principal, key: IdempotencyKey
    ) async throws(UploadError) -> UploadRecord?

    /// Records a piece as durable, and `seen` as the upload's last use. Idempotent except for the last use.
    ///
    /// - Throws: `not_found`, `gone`, `committed`; `superseded` (fence; receipts of an append that do not continue at its
    ///   offset); `chunk_conflict` if the chunk is recorded with another digest; `unavailable` for a receipt that is not
    ///   announced (see `SegmentCatalogue`); the errors of `admission`: those of its access check, and for an upload of unknown length
    ///   `quota_exceeded`, `too_many`.
    func record(
        _ piece: DurablePiece, of id: SessionId, fence: Fence, seen: Timestamp, admission: Admission
    ) async throws(UploadError)

    /// The checksums of the durable blocks that overlap a range of an upload's bytes, in any state until its bytes are
    /// freed; nil if there is no such upload.
    func checksums(of id: SessionId, in range: Range<UInt64>) async throws(UploadError) -> BlockChecksums?

    /// Changes the metadata of an upload, and sets its length if that is unknown.
    ///
    /// - Throws: `not_found`, `gone`, `committed`, `superseded` (fence); `size_mismatch` if another length is recorded; the
    ///   errors of `admission`, as `record`.
    func amend(
        _ id: SessionId, asset: AssetMetadata?, length: UInt64?, fence: Fence, seen: Timestamp, admission: Admission
    ) async throws(UploadError)

    /// Moves the last use of pending uploads and of committed parts forward; others are ignored.
    func touch(_ seen: [SessionId: Timestamp]) async throws(UploadError)

    /// The bytes of the parts of a concatenation, in order; nil for a part that is not committed yet. Extents of parts
    /// that are concatenations themselves come flattened.
    ///
    /// - Throws: `not_found` if there is no such upload, or a part ended before its commit. A part that ended after its
    ///   commit still has its extents.
    func extentsOfParts(_ id: SessionId) async throws(UploadError) -> [[Extent]?]

    /// The progress of a concatenation's parts; 0 pending parts of length 0 for an upload with its own bytes. The cost
    /// does not depend on the number of parts.
    ///
    /// - Throws: As `extentsOfParts`.
    func partsStatus(of id: SessionId) async throws(UploadError) -> PartsStatus

    /// The SHA-256 of all bytes of a concatenation, if `keepWholeDigest` has recorded it; nil otherwise.
    func wholeDigest(of id: SessionId) async throws(UploadError) -> Digest?

    /// Records the SHA-256 of all bytes of a concatenation whose parts are committed: their bytes never change. No effect
    /// for other uploads, and once its bytes are freed.
    func keepWholeDigest(_ digest: Digest, of id: SessionId) async throws(UploadError)

    /// The pending concatenations of a part, in the order of their ids; none if there is no such upload.
    func pendingConcatenations(of part: SessionId) async throws(UploadError) -> [SessionId]

    /// Commits a pending upload with the given length and digest, whose bytes the caller has verified. Idempotent for
    /// the same digest. The commit counts as use at `now`; the committed ledger is complete.
    ///
    /// - Throws: `not_found`, `gone`, the errors of `checkAccess`; `superseded` (fence); `committed` if it is committed
    ///   with another digest, `size_mismatch` if the parts of a concatenation do not sum to the length, `incomplete` if
    ///   some of them are not committed.
    func commit(
        _ id: SessionId, length: UInt64, digest: BlobDigest, fence: Fence, at now: Timestamp,
        checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> UploadRecord

    /// Ends a pending upload or a committed part as aborted or expired (`ending` must be one of these). Releases its
    /// idempotency key, and frees its bytes unless it is a committed part that a concatenation refers to. Idempotent:
    /// the first end is kept.
    ///
    /// An ended upload keeps what answers about it need: its id, state, times, capsule and caller, layout and length,
    /// recipe, and whether it is a part. Its name, content type, opaque metadata, idempotency key, fingerprint and
    /// expected digest and companions are dropped at its end; its provisional memory id and digest when its bytes are freed.
    ///
    /// - Parameter unlessSeenSince: Refuses an upload that was seen at this time or later.
    /// - Returns: The keys of files that are garbage now; they stay listed in `garbage` until they are forgotten.
    /// - Throws: `not_found`; `committed` for a blob, `in_use` for a committed part of a pending concatenation,
    ///   `superseded` for an upload seen since, or because of the fence.
    func end(
        _ id: SessionId, as ending: SessionStatus, fence: Fence, unlessSeenSince: Timestamp?
    ) async throws(UploadError) -> [ObjectKey]

    /// Removes uploads that ended before `time`, with their derivations, in the order of their ends. They do not exist
    /// from then on. Uploads whose bytes are not freed stay, parts to which a concatenation refers, and the upload that
    /// was begun last.
    ///
    /// - Returns: The ids of the removed uploads, at most `limit`; fewer only if there are no others.
    func removeEnded(before time: Timestamp, limit: Int) async throws(UploadError) -> [SessionId]

    /// Pending uploads and committed parts last seen before `time`, the oldest first. Parts of a pending concatenation
    /// are left out.
    func lastSeen(before time: Timestamp, limit: Int) async throws(UploadError) -> [SessionId]

    /// The pending ones of these of one caller. May cost what the caller has pending.
    func pendingLastSeen(
        before time: Timestamp, of caller: Principal, limit: Int
    ) async throws(UploadError) -> [SessionId]

    /// Uploads in the order of their ids, that is, of their creation, with their derivations. A page takes a constant
    /// number of statements.
    func uploads(
        _ filter: UploadFilter, after id: SessionId?, limit: Int
    ) async throws(UploadError) -> [ListedUpload]
    /// The number of a caller's pending uploads in a capsule, without parts.
    func countActive(capsule: CapsuleId, caller: Principal) async throws(UploadError) -> UInt64
    func countByStatus() async throws(UploadError) -> StatusCounts
}

/// The defaults for a catalogue of a single engine: no other engine claims its uploads, and files need no receipts.
extension UploadCatalogue {
    public var isShared: Bool { false }
    public var keepsReceipts: Bool { false }

    public func claim(_ id: SessionId) async throws(UploadError) -> UploadRecord? { try await upload(id) }
    public func chunkDigest(_ index: UInt64, of id: SessionId) async throws(UploadError) -> Digest? { nil }
}

/// A piece whose bytes are durable, or become so in this transaction.
public struct DurablePiece: Sendable {
    public enum Place: Hashable, Sendable {
        case chunk(index: UInt64)
        /// The append is durable through this offset.
        case append(through: UInt64)
    }

    public let place: Place
    /// The length of the upload, if this piece determines it (a short last chunk).
    public let length: UInt64?
    /// The bytes and their offset, for an upload stored in the catalogue.
    public let bytes: (offset: UInt64, bytes: [UInt8])?
    /// The receipts of the bytes, if the blob store gives receipts.
    public let receipts: [StorageReceipt]
    /// The digest of a chunk, if the blob store gives receipts.
    public let digest: Digest?
    /// The checksums of the blocks that this piece completes, for an upload stored in a file.
    public let checksums: [BlockChecksum]
    /// The checksum of an append's bytes between its last whole block and its end; nil if it is unknown.
    public let tailChecksum: Checksum?
    /// The SHA-256 of a prefix of the upload, for an upload stored in a file; nil if it is unknown. The catalogue keeps it
    /// if all these bytes are durable with this piece, and none of a longer prefix is recorded.
    public let prefixHash: SHA256Midstate?

    public init(
        _ place: Place, length: UInt64? = nil, bytes: (offset: UInt64, bytes: [UInt8])? = nil,
        receipts: [StorageReceipt] = [], digest: Digest? = nil, checksums: [BlockChecksum] = [],
        tailChecksum: Checksum? = nil, prefixHash: SHA256Midstate? = nil
    ) {
        self.place = place
        self.length = length
        self.bytes = bytes
        self.receipts = receipts
        self.digest = digest
        self.checksums = checksums
        self.tailChecksum = tailChecksum
        self.prefixHash = prefixHash
    }
}

extension SHA256Midstate {
    /// The chunks that it hashes and `known` does not, or not wholly; nil if it hashes no more bytes than `known`.
    package func chunks(of size: UInt64, after known: SHA256Midstate?) -> Range<UInt64>? {
        let knownCount = known?.byteCount ?? 0
        return byteCount > knownCount ? (knownCount..<byteCount).blocks(of: size) : nil
    }
}
