import Glibc
import HTTPWire
import SessionCore
import Synchronization

/// The `Date` of responses (RFC 9110, section 6.6.1), formatted once a second.
final class DateField: Sendable {
    private struct Formatted {
        var second: Int64
        var text: String
    }

    private let now: @Sendable () -> Int64
    private let last: Mutex<Formatted>

    /// - Parameter now: Seconds since 1970.
    init(now: @escaping @Sendable () -> Int64 = { Int64(time(nil)) }) {
        self.now = now
        last = Mutex(Self.format(now()))
    }

    var text: String {
        let second = now()
        return last.withLock { last in
            if last.second != second { last = Self.format(second) }
            return last.text
        }
    }

    private static func format(_ second: Int64) -> Formatted {
        Formatted(second: second, text: Timestamp(milliseconds: second * 1000).httpDate)
    }
}
