import Synchronization

/// A cache of capsules for the access checks of requests about uploads, which saves a query for each chunk.
///
/// The engine makes all changes of a catalogue of its own, and forgets the capsule around each of them: an entry is the
/// recorded state. A shared catalogue is not cached.
final class CapsuleCache: Sendable {
    private struct State {
        var capsules: [CapsuleId: Capsule] = [:]
        /// The members of all cached capsules, and one for each capsule.
        var size = 0
        /// Counts the changes of capsules.
        var changes: UInt64 = 0

        mutating func clear() {
            capsules = [:]
            size = 0
        }
    }

    private let sizeMax: Int
    private let state = Mutex(State())

    /// - Parameter sizeMax: The limit on cached members and capsules together; 0 caches nothing.
    init(sizeMax: Int) {
        self.sizeMax = sizeMax
    }

    /// The capsule, from the cache or from `read`.
    func capsule(
        _ id: CapsuleId, read: () async throws(UploadError) -> Capsule?
    ) async throws(UploadError) -> Capsule? {
        let (cached, changes) = state.withLock { ($0.capsules[id], $0.changes) }
        if let cached { return cached }
        guard let capsule = try await read() else { return nil }
        let size = 1 + capsule.writers.count + capsule.readers.count
        state.withLock { state in
            // A change during the read may be missing in it.
            guard state.changes == changes, size <= sizeMax, state.capsules[id] == nil else { return }
            if state.size + size > sizeMax { state.clear() }
            state.capsules[id] = capsule
            state.size += size
        }
        return capsule
    }

    /// Runs a change of a capsule, whatever its outcome.
    func changing<Value>(
        _ change: () async throws(UploadError) -> Value
    ) async throws(UploadError) -> Value {
        defer {
            state.withLock { state in
                state.clear()
                state.changes += 1
            }
        }
        return try await change()
    }
}
