public import SessionCore

/// The durable facts: who began what, which pieces are durable, what was committed.
///
/// The port speaks verbs; one call is one transaction. Laws, for every implementation (`CatalogueContract` in UploadTestKit
/// holds them):
/// - when a call has returned, its effect survives what the store's durability promises, and every later call sees it;
/// - a call that throws changed nothing. After `unavailable` or `store_full` alone it is unknown, until the next call
///   that succeeds, whether the change is there; repeating the call is then allowed and has the effect of one call;
/// - calls are atomic with respect to each other, from any number of callers;
/// - the `checkAccess` and `revise` closures are pure and cheap, are called inside the transaction, and a throw of theirs is passed on;
/// - beginning costs the same whatever the number of uploads, a sweep costs what it returns.
///
/// The catalogue decides nothing about access; it hands the capsule to `checkAccess`.
public protocol Catalogue: Sendable {
    typealias AccessCheck = @Sendable (Capsule) throws(UploadError) -> Void
    typealias Revise = @Sendable (inout MemoryDetails) throws(UploadError) -> Void

    // MARK: Uploads

    /// Records a new upload, or finds the one that its idempotency key began. A key is looked up among the pending and
    /// committed uploads of the same capsule and caller: an aborted or expired upload releases its key.
    ///
    /// A draft with content is recorded as committed at once, with its bytes.
    ///
    /// - Throws: `not_found` (capsule, or a part that is not the same caller's in the same capsule, or has ended),
    ///   `invalid_argument` (a part that was not begun as one), what `checkAccess` throws, `idempotency_conflict`, `too_many`,
    ///   `already_exists` (the id is taken, also by an upload that has ended). `checkAccess` is asked before a key is looked up.
    func begin(_ draft: UploadDraft, checkAccess: @escaping AccessCheck) async throws(UploadError) -> Began

    /// An upload, whatever its state; nil if there is none.
    func upload(_ id: SessionId) async throws(UploadError) -> UploadRecord?

    /// The pending upload that a key began.
    func findPending(
        capsule: CapsuleId, caller: Principal, key: IdempotencyKey
    ) async throws(UploadError) -> UploadRecord?

    /// Records a piece as durable and the upload as seen. Recording it again changes nothing but `seen`.
    ///
    /// - Throws: `not_found`, `gone`, `committed`.
    func record(_ piece: DurablePiece, of id: SessionId, seen: Timestamp) async throws(UploadError)

    /// Changes what an upload says about its file, or its length where that was unknown.
    ///
    /// - Throws: `not_found`, `gone`, `committed`; `size_mismatch` if another length is recorded.
    func amend(_ id: SessionId, asset: AssetMetadata?, length: UInt64?, seen: Timestamp) async throws(UploadError)

    /// Moves the last use of pending uploads (and of committed parts) forward; others are passed over.
    func touch(_ seen: [SessionId: Timestamp]) async throws(UploadError)

    /// The bytes of the parts of a concatenation, in order; nil for a part that is not committed yet. Extents of parts that
    /// are concatenations themselves come flattened.
    ///
    /// - Throws: `not_found` if there is no such upload, or a part ended before it was committed. One that ended afterwards is
    ///   still good.
    func extentsOfParts(_ id: SessionId) async throws(UploadError) -> [[Extent]?]

    /// How far the parts of a concatenation are. Costs the same whatever their number.
    ///
    /// - Throws: As `extentsOfParts`. An upload with bytes of its own has no parts, none of them pending.
    func partsStatus(of id: SessionId) async throws(UploadError) -> PartsStatus

    /// The pending concatenations that have an upload among their parts, in the order of their ids; none if there is no such
    /// upload.
    func pendingConcatenations(of part: SessionId) async throws(UploadError) -> [SessionId]

    /// Commits a pending upload with the given length and digest, whose bytes the caller has verified. Committed already
    /// with the same digest: the record as it is. The commit counts as use at `now`; the committed ledger is complete.
    ///
    /// - Throws: `not_found`, `gone`, `size_mismatch` if the parts of a concatenation do not sum to the length, what `checkAccess` throws, `committed` if it is committed with another digest; `incomplete`
    ///   if it concatenates parts that are not all committed.
    func commit(
        _ id: SessionId, length: UInt64, digest: BlobDigest, at now: Timestamp, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> UploadRecord

    /// Ends an upload as aborted or expired (`ending` must be one of these), and with it its idempotency key and its
    /// bytes, unless it is a committed part that a concatenation refers to. A pending upload can be ended, and so can a committed part, unless a
    /// pending concatenation counts on it. Ended already: nothing changes.
    ///
    /// - Parameter unlessSeenSince: Refuses an upload that was seen at this time or later.
    /// - Returns: The keys of files that are garbage now; they stay listed in `garbage` until they are forgotten.
    /// - Throws: `not_found`, `committed`, `in_use` for a part that is counted on, `superseded` for an upload that was
    ///   seen since.
    func end(
        _ id: SessionId, as ending: SessionStatus, unlessSeenSince: Timestamp?
    ) async throws(UploadError) -> [ObjectKey]

    /// Pending uploads and committed parts last seen before `time`, the longest unseen first. Parts that a pending
    /// concatenation counts on are left out.
    func lastSeen(before time: Timestamp, limit: Int) async throws(UploadError) -> [SessionId]

    /// Uploads in the order of their ids, which is that of their creation, with everything that a list shows of them. A page
    /// is read in a few statements, whatever its length.
    func uploads(
        _ filter: UploadFilter, after id: SessionId?, limit: Int
    ) async throws(UploadError) -> [ListedUpload]
    func countActive(capsule: CapsuleId, caller: Principal) async throws(UploadError) -> UInt64
    func countByStatus() async throws(UploadError) -> StatusCounts

    // MARK: Blobs

    /// A committed upload that is no mere part, with its extents and capsule; nil if there is none.
    func blob(_ id: BlobId) async throws(UploadError) -> (blob: Blob, capsule: Capsule)?

    /// The bytes of an upload that live in the catalogue: those of the range that are recorded, from its start to the
    /// first gap.
    func catalogueBytes(_ id: SessionId, _ range: Range<UInt64>) async throws(UploadError) -> [UInt8]

    /// Deletes a blob and its bytes, unless a concatenation refers to them.
    ///
    /// - Returns: As `end`.
    /// - Throws: `not_found`, what `checkAccess` throws, `in_use`.
    func deleteBlob(_ id: BlobId, at now: Timestamp, checkAccess: @escaping AccessCheck) async throws(UploadError)
        -> [ObjectKey]

    func countBlobs() async throws(UploadError) -> UInt64

    /// Keys whose files nothing refers to any more and which were not yet forgotten.
    func garbage(limit: Int) async throws(UploadError) -> [ObjectKey]
    /// Called when the files are gone for good.
    func forgetGarbage(_ keys: [ObjectKey]) async throws(UploadError)

    // MARK: Capsules

    /// - Throws: `already_exists`.
    func createCapsule(_ capsule: Capsule) async throws(UploadError)
    func capsule(_ id: CapsuleId) async throws(UploadError) -> Capsule?
    /// The capsule that is its owner's default; `draft` becomes it if there is none yet.
    func defaultCapsule(_ draft: Capsule) async throws(UploadError) -> Capsule
    /// The capsules in which a principal has any role, in the order of their ids.
    func capsules(of principal: Principal, after id: CapsuleId?, limit: Int) async throws(UploadError) -> [Capsule]
    /// Gives a principal one role besides the owner's, or none.
    ///
    /// - Throws: `not_found` (capsule), what `checkAccess` throws.
    func setRole(
        _ role: Role?, of principal: Principal, in id: CapsuleId, checkAccess: @escaping AccessCheck
    ) async throws(UploadError)

    /// Changes what its owner may of a capsule.
    ///
    /// - Returns: The capsule as it is then.
    /// - Throws: `not_found`, what `checkAccess` throws.
    func updateCapsule(
        _ id: CapsuleId, _ change: CapsuleChange, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> Capsule

    // MARK: Memories

    /// Makes a memory with all its assets, or finds the one that the same creator's key and fingerprint made in the capsule.
    /// A deleted memory releases its key.
    ///
    /// - Throws: `not_found` (capsule, or a blob that is not a committed one of this capsule), what `checkAccess` throws,
    ///   `idempotency_conflict`, `already_exists` (the id), `too_large` (inline budget).
    func createMemory(_ draft: MemoryDraft, checkAccess: @escaping AccessCheck) async throws(UploadError) -> Memory
    func memory(_ id: MemoryId) async throws(UploadError) -> (memory: Memory, capsule: Capsule)?
    /// Memories in the order of their ids, or its reverse; `after` is the last of the page before.
    func memories(
        in id: CapsuleId, after: MemoryId?, order: MemoryOrder, limit: Int
    ) async throws(UploadError) -> [Memory]
    /// Changes what is said about a memory, from what it says at that moment.
    ///
    /// - Throws: `not_found`, what `checkAccess` and `revise` throw.
    func updateMemory(
        _ id: MemoryId, checkAccess: @escaping AccessCheck, _ revise: @escaping Revise
    ) async throws(UploadError) -> Memory
    /// - Throws: As `createMemory`; `not_found` (memory); `too_large` past `assetsMax`.
    func addAsset(
        _ asset: NewAsset, to id: MemoryId, limits: MemoryLimits, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> Memory
    /// Takes an asset away, and with `withBlob` its blob, unless anything else uses it.
    ///
    /// - Returns: The memory as it is then, and garbage as `end` returns it.
    /// - Throws: `not_found` (memory or asset), what `checkAccess` throws.
    func removeAsset(
        _ asset: AssetId, from id: MemoryId, withBlob: Bool, at now: Timestamp, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> (memory: Memory, garbage: [ObjectKey])
    /// Deletes a memory, and with `withBlobs` those of its blobs that no other memory uses.
    ///
    /// - Returns: As `end`.
    /// - Throws: `not_found`, what `checkAccess` throws.
    func deleteMemory(
        _ id: MemoryId, withBlobs: Bool, at now: Timestamp, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> [ObjectKey]

    // MARK: Derivations

    // An upload with a recipe gets a pending derivation in the transaction that commits it, due at once. Its end is in
    // the transaction that makes the memory; a deletion of the upload before that ends it as failed.

    /// The derivation of an upload; nil if it has no recipe or is not committed.
    func derivation(of id: SessionId) async throws(UploadError) -> Derivation?
    /// A capsule's derivations in the order of their uploads' ids.
    func derivations(
        in id: CapsuleId, state: Derivation.State?, after: SessionId?, limit: Int
    ) async throws(UploadError) -> [Derivation]
    /// Pending ones, those that are due first before the others.
    func pendingDerivations(limit: Int) async throws(UploadError) -> [Derivation]
    /// Counts an attempt that is about to begin.
    ///
    /// - Returns: The derivation with that attempt; nil if it is not pending.
    func startDerivation(of id: SessionId) async throws(UploadError) -> Derivation?
    /// Postpones a pending derivation after a failed attempt. Ignores derivations that are not pending.
    ///
    /// - Parameter takesAttemptBack: Whether the attempt does not count.
    func postponeDerivation(
        of id: SessionId, until time: Timestamp, reason: String?, takesAttemptBack: Bool
    ) async throws(UploadError)
    /// Makes the memory and ends the derivation with it: as failed if the memory has a derivationError, as done otherwise. Checks no
    /// access.
    ///
    /// - Returns: The memory; nil if the derivation was not pending, and then nothing changed.
    /// - Throws: As `createMemory`.
    func finishDerivation(of id: SessionId, with memory: MemoryDraft) async throws(UploadError) -> Memory?

    // MARK: Upkeep

    /// What is wrong with the catalogue in itself, in words for the operator; empty if nothing is. Reads everything.
    func problems() async throws(UploadError) -> [String]
    /// Takes pieces of a pending upload back as missing: chunks with bytes at or past `size`, or an append's offset. For
    /// repair only.
    func forgetPieces(of id: SessionId, past size: UInt64) async throws(UploadError)
    /// Closes the catalogue. Do not call anything afterwards.
    func close() async
}
