import Synchronization
import UploadCore

/// Limits log lines about the state of the store to one per minute and code: on a full disk every request fails for
/// the same reason. Damage is logged each time, because each line names another place.
final class LogThrottle: Sendable {
    static let interval = Duration.seconds(60)

    private struct Repetition {
        var loggedAt: ContinuousClock.Instant
        var suppressed = 0
    }

    private let now: @Sendable () -> ContinuousClock.Instant
    private let repetitions = Mutex<[UploadError.Code: Repetition]>([:])

    init(now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.now = now
    }

    /// - Returns: The number of lines left out since the last one; nil if this one is to be left out, too.
    func admit(_ code: UploadError.Code) -> Int? {
        guard code == .storeFull || code == .unavailable else { return 0 }
        let now = now()
        return repetitions.withLock { repetitions in
            if let last = repetitions[code], last.loggedAt.advanced(by: Self.interval) > now {
                repetitions[code]?.suppressed += 1
                return nil
            }
            return repetitions.updateValue(Repetition(loggedAt: now), forKey: code)?.suppressed ?? 0
        }
    }
}
