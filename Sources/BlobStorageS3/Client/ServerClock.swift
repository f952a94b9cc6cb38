import SessionCore
import Synchronization

/// The time for signatures: that of a clock of this machine, corrected by the difference that the server has reported.
final class ServerClock: Sendable {
    let clock: any WallClock
    private let differenceMilliseconds = Mutex<Int64>(0)

    init(_ clock: any WallClock) {
        self.clock = clock
    }

    func now() -> Timestamp {
        clock.now().advanced(byMilliseconds: differenceMilliseconds.withLock { $0 })
    }

    /// Follows the time of the server, from the `Date` of a response that refused a signature for its time.
    func follow(_ server: Timestamp) {
        differenceMilliseconds.withLock { $0 = server.milliseconds - clock.now().milliseconds }
    }
}
