/// A point in time: milliseconds since 1970-01-01T00:00:00Z. The only timestamp type there is, so that two units
/// can never be compared with each other.
public struct Timestamp: Hashable, Comparable, Sendable {
    public var milliseconds: Int64

    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// This point moved by a span in milliseconds; at the ends of the representable range it stays there.
    public func advanced(byMilliseconds span: Int64) -> Timestamp {
        let (sum, overflow) = milliseconds.addingReportingOverflow(span)
        guard overflow else { return Timestamp(milliseconds: sum) }
        return Timestamp(milliseconds: span < 0 ? .min : .max)
    }

    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }
}

/// Where a session service reads the time. Production reads the system's clocks, tests turn the hands.
///
/// Laws: reading is cheap, never blocks and never fails. Two readings of `now` may be apart by any span, in both directions:
/// an operator sets the clock, a virtual machine resumes. No decision in this module treats a step back as anything but
/// "no time has passed". Readings of `uptimeMilliseconds` never fall and grow at the pace of time.
public protocol WallClock: Sendable {
    /// The time of day, for facts that are kept.
    func now() -> Timestamp

    /// Milliseconds since an arbitrary start, on a clock that nobody sets: tells a step of `now` from time that passed.
    /// Whether it counts while the machine is suspended does not matter.
    func uptimeMilliseconds() -> Int64
}
