public import SessionCore

/// The durable facts about capsules, uploads, memories and derivations.
///
/// One call is one transaction. Laws for every implementation (checked by `CatalogueContract` in UploadTestKit):
/// - when a call has returned, its effect is as durable as the store promises, and every later call sees it;
/// - a call that throws changed nothing. After `unavailable` and `store_full` only, it is unknown until the next
///   successful call whether the change was made; a repeated call then has the effect of one;
/// - concurrent calls are atomic with respect to each other;
/// - the `checkAccess` and `revise` closures are pure and cheap, are called inside the transaction, and their errors are
///   rethrown;
/// - the cost of `begin` does not depend on the number of uploads; a sweep costs what it returns.
///
/// The catalogue decides nothing about access; it passes the capsule to `checkAccess`.
public protocol Catalogue: Sendable {
    typealias AccessCheck = @Sendable (Capsule) throws(UploadError) -> Void
    typealias Revise = @Sendable (inout MemoryDetails) throws(UploadError) -> Void

    // MARK: Uploads

    /// Records a new upload, or finds the one that its idempotency key began. A key is looked up among the pending and
    /// committed uploads of the same capsule and caller, after `checkAccess`: an aborted or expired upload releases its
    /// key.
    ///
    /// A draft with content is recorded as committed at once, with its bytes.
    ///
    /// - Throws: `not_found` (the capsule; a part of another caller or capsule, or an ended one), `invalid_argument` (a
    ///   part that was not begun as one), the errors of `checkAccess`, `idempotency_conflict`, `too_many`,
    ///   `already_exists` (the id is taken, perhaps by an ended upload).
    func begin(_ draft: UploadDraft, checkAccess: @escaping AccessCheck) async throws(UploadError) -> Began

    /// An upload in any state; nil if there is none.
    func upload(_ id: SessionId) async throws(UploadError) -> UploadRecord?

    /// The pending upload that was begun with a key; nil if there is none.
    func findPending(
        capsule: CapsuleId, caller: Principal, key: IdempotencyKey
    ) async throws(UploadError) -> UploadRecord?

    /// Records a piece as durable, and `seen` as the upload's last use. Recording a piece again changes nothing but the
    /// last use.
    ///
    /// - Throws: `not_found`, `gone`, `committed`.
    func record(_ piece: DurablePiece, of id: SessionId, seen: Timestamp) async throws(UploadError)

    /// Changes the metadata of an upload, and sets its length if that is unknown.
    ///
    /// - Throws: `not_found`, `gone`, `committed`; `size_mismatch` if another length is recorded.
    func amend(_ id: SessionId, asset: AssetMetadata?, length: UInt64?, seen: Timestamp) async throws(UploadError)

    /// Moves the last use of pending uploads and of committed parts forward; others are ignored.
    func touch(_ seen: [SessionId: Timestamp]) async throws(UploadError)

    /// The bytes of the parts of a concatenation, in order; nil for a part that is not committed yet. Extents of parts that
    /// are concatenations themselves come flattened.
    ///
    /// - Throws: `not_found` if there is no such upload, or a part ended before its commit. A part that ended after its
    ///   commit still has its extents.
    func extentsOfParts(_ id: SessionId) async throws(UploadError) -> [[Extent]?]

    /// The progress of a concatenation's parts; 0 pending parts of length 0 for an upload with its own bytes. The cost does
    /// not depend on the number of parts.
    ///
    /// - Throws: As `extentsOfParts`.
    func partsStatus(of id: SessionId) async throws(UploadError) -> PartsStatus

    /// The pending concatenations of a part, in the order of their ids; none if there is no such upload.
    func pendingConcatenations(of part: SessionId) async throws(UploadError) -> [SessionId]

    /// Commits a pending upload with the given length and digest, whose bytes the caller has verified. Idempotent for the
    /// same digest. The commit counts as use at `now`; the committed ledger is complete.
    ///
    /// - Throws: `not_found`, `gone`, the errors of `checkAccess`; `committed` if it is committed with another digest,
    ///   `size_mismatch` if the parts of a concatenation do not sum to the length, `incomplete` if some of them are not
    ///   committed.
    func commit(
        _ id: SessionId, length: UInt64, digest: BlobDigest, at now: Timestamp, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> UploadRecord

    /// Ends a pending upload or a committed part as aborted or expired (`ending` must be one of these). Releases its
    /// idempotency key, and frees its bytes unless it is a committed part that a concatenation refers to. Idempotent: the
    /// first end is kept.
    ///
    /// - Parameter unlessSeenSince: Refuses an upload that was seen at this time or later.
    /// - Returns: The keys of files that are garbage now; they stay listed in `garbage` until they are forgotten.
    /// - Throws: `not_found`; `committed` for a blob, `in_use` for a committed part of a pending concatenation,
    ///   `superseded` for an upload seen since.
    func end(
        _ id: SessionId, as ending: SessionStatus, unlessSeenSince: Timestamp?
    ) async throws(UploadError) -> [ObjectKey]

    /// Pending uploads and committed parts last seen before `time`, the oldest first. Parts of a pending concatenation are
    /// left out.
    func lastSeen(before time: Timestamp, limit: Int) async throws(UploadError) -> [SessionId]

    /// Uploads in the order of their ids, which is that of their creation, with everything that a list shows. A page takes a
    /// constant number of statements.
    func uploads(
        _ filter: UploadFilter, after id: SessionId?, limit: Int
    ) async throws(UploadError) -> [ListedUpload]
    func countActive(capsule: CapsuleId, caller: Principal) async throws(UploadError) -> UInt64
    func countByStatus() async throws(UploadError) -> StatusCounts

    // MARK: Blobs

    /// A committed upload that is not a part, with its extents and capsule; nil if there is none.
    func blob(_ id: BlobId) async throws(UploadError) -> (blob: Blob, capsule: Capsule)?

    /// The bytes of an upload stored in the catalogue: the recorded bytes of the range, from its start to the first gap.
    func catalogueBytes(_ id: SessionId, _ range: Range<UInt64>) async throws(UploadError) -> [UInt8]

    /// Deletes a blob and frees its bytes. A concatenation's bytes that others refer to stay.
    ///
    /// - Returns: As `end`.
    /// - Throws: `not_found`, the errors of `checkAccess`, `in_use`.
    func deleteBlob(_ id: BlobId, at now: Timestamp, checkAccess: @escaping AccessCheck) async throws(UploadError)
        -> [ObjectKey]

    func countBlobs() async throws(UploadError) -> UInt64

    /// The keys of unreferenced files that were not forgotten yet.
    func garbage(limit: Int) async throws(UploadError) -> [ObjectKey]
    /// Removes keys from `garbage`, once their files are removed durably.
    func forgetGarbage(_ keys: [ObjectKey]) async throws(UploadError)

    // MARK: Capsules

    /// - Throws: `already_exists`.
    func createCapsule(_ capsule: Capsule) async throws(UploadError)
    func capsule(_ id: CapsuleId) async throws(UploadError) -> Capsule?
    /// The default capsule of the draft's owner; creates it from the draft if there is none.
    func defaultCapsule(_ draft: Capsule) async throws(UploadError) -> Capsule
    /// The capsules in which a principal has any role, in the order of their ids.
    func capsules(of principal: Principal, after id: CapsuleId?, limit: Int) async throws(UploadError) -> [Capsule]
    /// Sets the role of a principal to reader, writer or none.
    ///
    /// - Throws: `not_found` (capsule), the errors of `checkAccess`; `invalid_argument` for the owner's role.
    func setRole(
        _ role: Role?, of principal: Principal, in id: CapsuleId, checkAccess: @escaping AccessCheck
    ) async throws(UploadError)

    /// Changes the title or the default recipe of a capsule.
    ///
    /// - Returns: The changed capsule.
    /// - Throws: `not_found`, the errors of `checkAccess`.
    func updateCapsule(
        _ id: CapsuleId, _ change: CapsuleChange, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> Capsule

    // MARK: Memories

    /// Creates a memory with all its assets, or finds the one that the creator's idempotency key created in the capsule. A
    /// deleted memory releases its key.
    ///
    /// - Throws: `not_found` (the capsule; a blob of another capsule or an uncommitted one), the errors of `checkAccess`,
    ///   `idempotency_conflict`, `already_exists` (the id), `too_large` (inline budget).
    func createMemory(_ draft: MemoryDraft, checkAccess: @escaping AccessCheck) async throws(UploadError) -> Memory
    func memory(_ id: MemoryId) async throws(UploadError) -> (memory: Memory, capsule: Capsule)?
    /// Memories in the order of their ids or in its reverse; `after` is the last id of the previous page.
    func memories(
        in id: CapsuleId, after: MemoryId?, order: MemoryOrder, limit: Int
    ) async throws(UploadError) -> [Memory]
    /// Changes the details of a memory: `revise` gets the current ones.
    ///
    /// - Throws: `not_found`, the errors of `checkAccess` and `revise`.
    func updateMemory(
        _ id: MemoryId, checkAccess: @escaping AccessCheck, _ revise: @escaping Revise
    ) async throws(UploadError) -> Memory
    /// - Throws: As `createMemory`; `not_found` (memory); `too_large` past `assetsMax`.
    func addAsset(
        _ asset: NewAsset, to id: MemoryId, limits: MemoryLimits, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> Memory
    /// Removes an asset, and with `withBlob` its blob, unless another asset uses it.
    ///
    /// - Returns: The changed memory, and garbage as `end` returns it.
    /// - Throws: `not_found` (memory or asset), the errors of `checkAccess`.
    func removeAsset(
        _ asset: AssetId, from id: MemoryId, withBlob: Bool, at now: Timestamp, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> (memory: Memory, garbage: [ObjectKey])
    /// Deletes a memory, and with `withBlobs` its blobs, unless another memory uses them.
    ///
    /// - Returns: As `end`.
    /// - Throws: `not_found`, the errors of `checkAccess`.
    func deleteMemory(
        _ id: MemoryId, withBlobs: Bool, at now: Timestamp, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> [ObjectKey]

    // MARK: Derivations

    // The commit of an upload with a recipe adds a pending derivation, due at once, in the same transaction. Creating the
    // memory ends it in one transaction; a deletion of the upload before that ends it as failed.

    /// The derivation of an upload; nil if it has no recipe or is not committed.
    func derivation(of id: SessionId) async throws(UploadError) -> Derivation?
    /// A capsule's derivations in the order of their uploads' ids.
    func derivations(
        in id: CapsuleId, state: Derivation.State?, after: SessionId?, limit: Int
    ) async throws(UploadError) -> [Derivation]
    /// Pending derivations in the order of their due times.
    func pendingDerivations(limit: Int) async throws(UploadError) -> [Derivation]
    /// Counts an attempt, before it begins.
    ///
    /// - Returns: The derivation with this attempt; nil if it is not pending.
    func startDerivation(of id: SessionId) async throws(UploadError) -> Derivation?
    /// Postpones a pending derivation after a failed attempt. Ignores derivations that are not pending.
    ///
    /// - Parameter takesAttemptBack: Whether to uncount the attempt.
    func postponeDerivation(
        of id: SessionId, until time: Timestamp, reason: String?, takesAttemptBack: Bool
    ) async throws(UploadError)
    /// Creates the memory and ends the derivation: as failed if the memory has a `derivationError`, as done otherwise.
    /// Checks no access.
    ///
    /// - Returns: The memory; nil, without any change, if the derivation was not pending.
    /// - Throws: As `createMemory`.
    func finishDerivation(of id: SessionId, with memory: MemoryDraft) async throws(UploadError) -> Memory?

    // MARK: Maintenance

    /// The inconsistencies within the catalogue, in words for the operator. Reads everything.
    func problems() async throws(UploadError) -> [String]
    /// Marks pieces of a pending upload as missing: chunks with bytes at or past `size`; an append's offset is lowered to
    /// it. For repair only.
    func forgetPieces(of id: SessionId, past size: UInt64) async throws(UploadError)
    /// Closes the catalogue. Idempotent; do not call anything else afterwards.
    func close() async
}
