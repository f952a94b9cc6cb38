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
    /// A capsule's derivations by their uploads' ids.
    func derivations(
        in id: CapsuleId, state: Derivation.State?, order: CreationOrder, after: SessionId?, limit: Int
    ) async throws(UploadError) -> [Derivation]
    /// The number of a capsule's pending derivations. Costs as much as there are.
    func countPendingDerivations(in id: CapsuleId) async throws(UploadError) -> UInt64
    /// The pending derivations that are due, in turns: one of each caller, beginning with the first caller after
    /// `caller` in the order of their names and starting over after the last, then a second one of each, and so on. Those
    /// of one caller begin with the one that became due last, at the same time with the upload that was begun last: people
    /// look at what they have just sent. A caller with many delays another by one derivation per turn.
    ///
    /// Costs no more with more derivations of one caller.
    ///
    /// - Parameters:
    ///   - caller: Whose turn was the last; nil to begin with the first.
    ///   - running: Derivations to leave out.
    func dueDerivations(
        at now: Timestamp, after caller: Principal?, excluding running: Set<SessionId>, limit: Int
    ) async throws(UploadError) -> DueDerivations
    /// Counts an attempt, before it begins.
    ///
    /// - Returns: The derivation with this attempt; nil if it is not pending.
    func startDerivation(of id: SessionId) async throws(UploadError) -> Derivation?
    /// Postpones a pending derivation after a failed attempt. Does nothing to a derivation that is not pending, nor if
    /// another attempt has begun since.
    ///
    /// - Parameters:
    ///   - attempt: The `attempts` of the started derivation. Nil if it is unknown whether the start was counted; the
    ///     derivation is then postponed unless another engine works on it, and never to an earlier time.
    ///   - takesAttemptBack: Whether to uncount the attempt; of no effect without one.
    func postponeDerivation(
        of id: SessionId, attempt: Int?, until time: Timestamp, reason: String?, takesAttemptBack: Bool
    ) async throws(UploadError)
    /// Creates the memory and ends the derivation: as failed if the memory has a `derivationError`, as done otherwise.
    /// Checks no access. The memory has those of the draft's companions whose blobs exist. The upload gets the draft's `correctedType`, if there is one.
    ///
    /// Of several attempts at once, as after a node that was frozen wakes, any may end the derivation as done, and only
    /// the last one begun as failed.
    ///
    /// - Parameter attempt: The `attempts` of the started derivation.
    /// - Returns: The memory; nil, without any change, if the derivation was not pending, or if the memory has a
    ///   `derivationError` and another attempt has begun since.
    /// - Throws: As `createMemory`.
    func finishDerivation(
        of id: SessionId, attempt: Int, with memory: MemoryDraft
    ) async throws(UploadError) -> Memory?
}

/// The derivations to start next.
public struct DueDerivations: Hashable, Sendable {
    public let derivations: [Derivation]
    /// The earliest due time of a pending derivation that is not due yet.
    public let nextDueAt: Timestamp?

    public init(derivations: [Derivation], nextDueAt: Timestamp?) {
        self.derivations = derivations
        self.nextDueAt = nextDueAt
    }

    /// - Parameter callers: The due derivations of each caller, in the order of the callers' turns.
    package init(turnsOf callers: [[Derivation]], limit: Int, nextDueAt: Timestamp?) {
        var taken: [Derivation] = []
        let turns = callers.map(\.count).max() ?? 0
        for turn in 0..<turns where taken.count < limit {
            taken += callers.filter { turn < $0.count }.prefix(limit - taken.count).map { $0[turn] }
        }
        self.init(derivations: taken, nextDueAt: nextDueAt)
    }
}

/// A catalogue of uploads, memories and derivations.
public typealias PhotoCatalogue = Catalogue & MemoryCatalogue & DerivationQueue
