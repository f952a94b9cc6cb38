import Synchronization

/// A cache of the default capsules of callers, which saves a query for each upload that names no capsule.
///
/// A default capsule never changes, so no entry becomes stale.
final class DefaultCapsules: Sendable {
    private let countMax: Int
    private let ids = Mutex<[Principal: CapsuleId]>([:])

    init(countMax: Int) {
        self.countMax = countMax
    }

    subscript(caller: Principal) -> CapsuleId? {
        ids.withLock { $0[caller] }
    }

    func remember(_ id: CapsuleId, of caller: Principal) {
        ids.withLock { ids in
            // Clearing all is cheap: each caller costs one query again.
            if ids.count >= countMax { ids.removeAll() }
            ids[caller] = id
        }
    }
}
