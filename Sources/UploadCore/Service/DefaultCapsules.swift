import Synchronization

/// Remembers the default capsules of callers, so that an upload that names no capsule asks the catalogue for nothing more.
///
/// A default capsule is made once and stays its owner's for ever, so what is remembered never becomes wrong.
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
            // Starting over is cheap: each costs one question again.
            if ids.count >= countMax { ids.removeAll() }
            ids[caller] = id
        }
    }
}
