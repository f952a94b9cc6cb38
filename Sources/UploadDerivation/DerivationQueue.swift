public import SessionCore
public import UploadCore
public import UploadMemories

/// The durable queue of derivations.
///
/// Laws, besides those of `Catalogue` (checked by `CatalogueContract.Port.derivations`): the commit of an upload with a
/// recipe adds a pending derivation, due at once, in the same transaction. Creating the memory ends it in one
/// transaction; a deletion of the upload before that ends it as failed.
public protocol DerivationQueue: Sendable {
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
}

/// A catalogue of uploads, memories and derivations.
public typealias PhotoCatalogue = Catalogue & MemoryCatalogue & DerivationQueue
