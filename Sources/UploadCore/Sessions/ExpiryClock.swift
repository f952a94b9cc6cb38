import SessionCore

/// Computes the expiry cutoff from a clock that may be set. Uploads last seen before the cutoff expire.
///
/// Uses are recorded by the time of day, so a clock that steps forward (NTP, a virtual machine that was suspended)
/// would make every upload look unused for the length of the step. A step is the difference between the advance of the
/// time of day and that of the uptime. After a forward step nothing expires for the grace period, as after opening a
/// store: clients may have been suspended as long. After that the step is subtracted from the age of the uploads last
/// seen before it, until all of them are due by elapsed time alone.
struct ExpiryClock: Sendable {
    private struct Step {
        let milliseconds: Int64
        let uptime: Int64
    }

    private let timeToLive: Int64
    private let grace: Int64
    private var graceStart: Int64
    private var last: (now: Timestamp, uptime: Int64)
    private var steps: [Step] = []

    /// - Parameters:
    ///   - now: The time of day as the store is opened.
    ///   - uptime: The uptime at the same moment, in milliseconds.
    init(limits: Limits, now: Timestamp, uptime: Int64) {
        timeToLive = limits.timeToLiveMilliseconds
        grace = limits.expiryGraceMilliseconds
        graceStart = uptime
        last = (now, uptime)
    }

    /// The smallest difference that counts as a step. Smaller ones change a time to live by less than a hundredth.
    private var stepMin: Int64 { max(1, min(60_000, timeToLive / 100)) }

    /// - Returns: Uploads last seen before this time expire; nil if none does.
    mutating func cutoff(now: Timestamp, uptime: Int64) -> Timestamp? {
        let moved = now.milliseconds - last.now.milliseconds - (uptime - last.uptime)
        last = (now, uptime)
        if abs(moved) >= stepMin { steps.append(Step(milliseconds: moved, uptime: uptime)) }
        if moved >= stepMin { graceStart = uptime }
        // A step older than the time to live has no effect: all uploads last seen before it are due.
        steps.removeAll { $0.uptime + timeToLive < uptime }
        guard graceStart + grace <= uptime else { return nil }
        return now.advanced(byMilliseconds: -timeToLive).advanced(byMilliseconds: -stepped)
    }

    /// The largest sum of the recent steps: the most that the steps add to the age of any upload.
    private var stepped: Int64 {
        var (sum, most) = (Int64(0), Int64(0))
        for step in steps.reversed() {
            sum += step.milliseconds
            most = max(most, sum)
        }
        return most
    }
}
