import SessionCore
import Synchronization
import UploadCore

/// Derives each original once: uploads of the same bytes share an attempt that is under way, and the outcome of one that
/// ended shortly before.
///
/// A caller can name the same parts in thousands of uploads of a few bytes each, at the cost of a decode for each.
/// Callers share nothing: how soon a derivation ends would tell them what others have stored.
final class DerivativesCache: Sendable {
    /// Bytes of a caller.
    struct Key: Hashable {
        private let caller: Principal
        private let size: UInt64
        private let digest: BlobDigest

        init(of blob: Blob, by caller: Principal) {
            self.caller = caller
            size = blob.size
            digest = blob.digest
        }
    }

    fileprivate typealias Outcome = Result<PhotoDerivatives, DerivationFailure>
    /// Receives nil if the attempt says nothing about other uploads of the same bytes.
    fileprivate typealias Waiter = CheckedContinuation<Outcome?, Never>

    fileprivate enum Entry {
        case running([Waiter])
        case ended(Outcome)
    }

    fileprivate struct State {
        var entries: [Key: Entry] = [:]
        /// The keys of ended entries, oldest first.
        var ended: [Key] = []
        var bytes = 0
    }

    /// The size of an entry without its renditions, about.
    fileprivate static let entryBytes = 1024

    private let bytesMax: Int
    private let state = Mutex(State())

    init(bytesMax: Int) {
        self.bytesMax = bytesMax
    }

    /// The derivatives of an original, by `derive` unless another call has derived them or is about to.
    func derivatives(
        of key: Key, derive: () async throws(DerivationFailure) -> PhotoDerivatives
    ) async throws(DerivationFailure) -> PhotoDerivatives {
        while !begin(key) {
            if let outcome = await outcome(of: key) { return try outcome.get() }
        }
        let outcome: Outcome
        do throws(DerivationFailure) {
            outcome = .success(try await derive())
        } catch {
            outcome = .failure(error)
        }
        end(key, outcome)
        return try outcome.get()
    }

    /// - Returns: Whether the caller has to derive, and to call `end`.
    private func begin(_ key: Key) -> Bool {
        state.withLock { state in
            guard state.entries[key] == nil else { return false }
            state.entries[key] = .running([])
            return true
        }
    }

    /// Waits for an attempt that is under way.
    private func outcome(of key: Key) async -> Outcome? {
        await withCheckedContinuation { waiter in
            let outcome: Outcome?? = state.withLock { state in
                switch state.entries[key] {
                case .ended(let outcome): return .some(outcome)
                case nil: return .some(nil)
                case .running(let waiters):
                    state.entries[key] = .running(waiters + [waiter])
                    return nil
                }
            }
            if let outcome { waiter.resume(returning: outcome) }
        }
    }

    /// The number of calls that wait for an attempt, for tests.
    func waiting(for key: Key) -> Int {
        state.withLock { state in
            guard case .running(let waiters) = state.entries[key] else { return 0 }
            return waiters.count
        }
    }

    private func end(_ key: Key, _ outcome: Outcome) {
        let waiters = state.withLock { state in
            defer { state.keep(outcome, of: key, bytesMax: bytesMax) }
            guard case .running(let waiters) = state.entries[key] else { return [Waiter]() }
            return waiters
        }
        for waiter in waiters { waiter.resume(returning: outcome.isOfBytes ? outcome : nil) }
    }
}

extension DerivativesCache.State {
    /// Keeps an outcome that every further attempt would have, and forgets the oldest ones beyond the limit.
    fileprivate mutating func keep(_ outcome: DerivativesCache.Outcome, of key: DerivativesCache.Key, bytesMax: Int) {
        entries[key] = nil
        guard outcome.isPermanent else { return }
        entries[key] = .ended(outcome)
        ended.append(key)
        bytes += DerivativesCache.size(of: outcome)
        while bytes > bytesMax, !ended.isEmpty {
            guard case .ended(let oldest) = entries.removeValue(forKey: ended.removeFirst()) else { continue }
            bytes -= DerivativesCache.size(of: oldest)
        }
    }
}

extension DerivativesCache {
    fileprivate static func size(of outcome: Outcome) -> Int {
        guard case .success(let derivatives) = outcome else { return entryBytes }
        let renditions = [derivatives.display, derivatives.thumb, derivatives.placeholder]
        return renditions.reduce(entryBytes) { $0 + $1.bytes.count }
    }
}

extension Result<PhotoDerivatives, DerivationFailure> {
    /// Whether another attempt at the same bytes would end the same way.
    fileprivate var isPermanent: Bool {
        switch self {
        case .success: true
        case .failure(let failure): failure.cause == .file
        }
    }

    /// Whether it is about the bytes, and not about their place in the store.
    fileprivate var isOfBytes: Bool {
        switch self {
        case .success: true
        case .failure(let failure): failure.cause != .damaged
        }
    }
}
