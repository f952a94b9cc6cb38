import Synchronization
import UploadCore

/// Limits log lines that repeat to one per minute and key.
package final class LogThrottle<Key: Hashable & Sendable>: Sendable {
    package static var interval: Duration { .seconds(60) }

    private struct Repetition {
        var loggedAt: ContinuousClock.Instant
        var suppressed = 0
    }

    private let now: @Sendable () -> ContinuousClock.Instant
    private let repetitions = Mutex<[Key: Repetition]>([:])

    package init(now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.now = now
    }

    /// - Returns: The number of lines left out since the last one; nil if this one is to be left out, too.
    package func admit(_ key: Key) -> Int? {
        let now = now()
        return repetitions.withLock { repetitions in
            if let last = repetitions[key], last.loggedAt.advanced(by: Self.interval) > now {
                repetitions[key]?.suppressed += 1
                return nil
            }
            return repetitions.updateValue(Repetition(loggedAt: now), forKey: key)?.suppressed ?? 0
        }
    }
}

extension LogThrottle<UploadError.Code> {
    /// Limits lines about the state of the store: on a full disk every request fails for the same reason. Damage is logged
    /// each time, because each line names another place.
    func admit(storeFailure code: UploadError.Code) -> Int? {
        code == .storeFull || code == .unavailable ? admit(code) : 0
    }
}
