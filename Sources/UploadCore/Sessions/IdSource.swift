public import SessionCore
import Synchronization

/// Generates ids. The only source of their randomness, so that a simulation can replace it.
public final class IdSource: Sendable {
    private let random: Mutex<any RandomNumberGenerator & Sendable>

    public init(_ random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()) {
        self.random = Mutex(random)
    }

    public func next(at time: Timestamp) -> SessionId {
        random.withLock { random in
            var words = TwoWords(first: random.next(), second: random.next())
            return SessionId(at: time, using: &words)
        }
    }
}

/// The two random words of one id.
private struct TwoWords: RandomNumberGenerator {
    let first: UInt64
    let second: UInt64
    var isFirst = true

    init(first: UInt64, second: UInt64) {
        self.first = first
        self.second = second
    }

    mutating func next() -> UInt64 {
        defer { isFirst = false }
        return isFirst ? first : second
    }
}
