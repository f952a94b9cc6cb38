/// A point in time: milliseconds since 1970-01-01T00:00:00Z. The only timestamp type, so that units cannot be mixed.
public struct Timestamp: Hashable, Comparable, Sendable {
    public var milliseconds: Int64

    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// This point moved by a span in milliseconds, clamped to the representable range.
    public func advanced(byMilliseconds span: Int64) -> Timestamp {
        let (sum, overflow) = milliseconds.addingReportingOverflow(span)
        guard overflow else { return Timestamp(milliseconds: sum) }
        return Timestamp(milliseconds: span < 0 ? .min : .max)
    }

    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }
}

/// The time as a dependency. Production reads the system's clocks, tests set a manual one.
///
/// Laws: reading is cheap, never blocks and never fails. `now` may step in both directions (an operator sets the clock,
/// a virtual machine resumes); after a step back, no time counts as passed. `uptimeMilliseconds` never decreases and
/// advances at the rate of real time.
public protocol WallClock: Sendable {
    /// The time of day, for recorded facts.
    func now() -> Timestamp

    /// Milliseconds since an arbitrary start, on a monotonic clock, to distinguish a step of `now` from elapsed time.
    /// It may stop or run while the machine is suspended.
    func uptimeMilliseconds() -> Int64
}
