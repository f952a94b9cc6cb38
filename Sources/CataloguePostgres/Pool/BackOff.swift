/// Spares a server that cannot be reached: after a failed attempt the next one has to wait, twice as long each time.
struct BackOff {
    /// The wait after the first failure.
    static let first: Duration = .milliseconds(100)
    /// The longest wait.
    static let longest: Duration = .seconds(5)

    private var wait = first
    private var next: ContinuousClock.Instant?

    /// Whether an attempt may be made.
    func permits(at now: ContinuousClock.Instant) -> Bool { next.map { now >= $0 } ?? true }

    mutating func succeeded() {
        self = BackOff()
    }

    mutating func failed(at now: ContinuousClock.Instant) {
        next = now + wait
        wait = min(wait * 2, Self.longest)
    }
}
