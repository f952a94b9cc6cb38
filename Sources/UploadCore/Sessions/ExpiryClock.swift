import SessionCore

/// Computes the cutoff of expiry, last seen before which uploads expire, from a clock that may be set.
///
/// Uses are recorded by the time of day, so a clock that steps forward (NTP, a virtual machine that was suspended)
/// would make every upload look unused for as long as the step. A step is what the time of day moved beyond the uptime.
/// After a forward step nothing expires for the grace, as after opening a store: clients may have slept as long. Beyond
/// that the step is subtracted from the age of the uploads last seen before it, until all of those are due by time that
/// passed.
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

    /// The shortest move that counts as a step. Shorter ones change a time to live by less than a hundredth.
    private var stepMin: Int64 { max(1, min(60_000, timeToLive / 100)) }

    /// - Returns: Uploads last seen before this time expire; nil if none does.
    mutating func cutoff(now: Timestamp, uptime: Int64) -> Timestamp? {
        let moved = now.milliseconds - last.now.milliseconds - (uptime - last.uptime)
        last = (now, uptime)
        if abs(moved) >= stepMin { steps.append(Step(milliseconds: moved, uptime: uptime)) }
        if moved >= stepMin { graceStart = uptime }
        // All uploads last seen before such a step are due.
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
