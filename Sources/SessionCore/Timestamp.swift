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

/// Where a session service reads the time. Production reads the system's real-time clock, tests turn the hands.
///
/// Laws: reading is cheap, never blocks and never fails. Readings may step back (an operator sets the clock); no
/// decision in this module treats a step back as anything but "no time has passed".
public protocol WallClock: Sendable {
    func now() -> Timestamp
}
