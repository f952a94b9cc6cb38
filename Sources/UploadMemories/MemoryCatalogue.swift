public import SessionCore
public import UploadCore

/// The durable facts about memories.
///
/// Laws, besides those of `Catalogue` (checked by `CatalogueContract.Port.memories`): a memory exists with all its
/// assets or not at all; a blob that a memory uses is refused deletion (`in_use`); `MemoryRevision` closures are pure
/// and cheap, are called inside the transaction, and their errors are rethrown.
public protocol MemoryCatalogue: Sendable {
    /// Creates a memory with all its assets, or finds the one that the creator's idempotency key created in the
    /// capsule. A deleted memory releases its key.
    ///
    /// - Throws: `not_found` (the capsule; a blob of another capsule or an uncommitted one), the errors of
    ///   `checkAccess`, `idempotency_conflict`, `already_exists` (the id), `too_large` (inline budget).
    func createMemory(_ draft: MemoryDraft, checkAccess: @escaping AccessCheck) async throws(UploadError) -> Memory
    func memory(_ id: MemoryId) async throws(UploadError) -> (memory: Memory, capsule: Capsule)?
    /// Memories in an order, those with the same time in the order of their ids; `after` is the last position of the
    /// previous page, whose memory may be gone.
    func memories(
        in id: CapsuleId, after: MemoryPosition?, order: MemoryOrder, limit: Int
    ) async throws(UploadError) -> [Memory]
    /// Changes the details of a memory: `revise` gets the current ones.
    ///
    /// - Throws: `not_found`, the errors of `checkAccess` and `revise`.
    func updateMemory(
        _ id: MemoryId, checkAccess: @escaping AccessCheck, _ revise: @escaping MemoryRevision
    ) async throws(UploadError) -> Memory
    /// Adds an asset. Idempotent: an asset that the memory has already, with the same id and content, changes nothing.
    ///
    /// - Throws: As `createMemory`; `not_found` (memory); `too_large` past `assetsMax`; `already_exists` if the id has
    ///   other content.
    func addAsset(
        _ asset: NewAsset, to id: MemoryId, limits: MemoryLimits, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> (memory: Memory, isNew: Bool)
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
}

/// Changes the details of a memory inside the catalogue's transaction. Pure: it may be called more than once.
public typealias MemoryRevision = @Sendable (inout MemoryDetails) throws(UploadError) -> Void
