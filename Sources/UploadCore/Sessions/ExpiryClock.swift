import SessionCore

/// Decides before which time of day an upload must have been seen last to expire, by a clock that may be set.
///
/// Uses are recorded by the time of day, so a clock that steps forward (NTP, a virtual machine that was suspended) would
/// make every upload look unused for as long as the step. A step is what the time of day moved beyond the uptime. After a
/// forward step nothing expires for the grace, as after opening a store: clients may have slept as long. Beyond that the
/// step is taken out of the age of the uploads that were last seen before it, until all of those are due anyway.
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

    /// The shortest move that counts as a step: what is shorter changes no life by more than a hundredth.
    private var stepMin: Int64 { max(1, min(60_000, timeToLive / 100)) }

    /// - Returns: Uploads last seen before this time expire; nil while none does.
    mutating func cutoff(now: Timestamp, uptime: Int64) -> Timestamp? {
        let moved = now.milliseconds - last.now.milliseconds - (uptime - last.uptime)
        last = (now, uptime)
        if abs(moved) >= stepMin { steps.append(Step(milliseconds: moved, uptime: uptime)) }
        if moved >= stepMin { graceStart = uptime }
        // Whoever was last seen before such a step is due by now.
        steps.removeAll { $0.uptime + timeToLive < uptime }
        guard graceStart + grace <= uptime else { return nil }
        return now.advanced(byMilliseconds: -timeToLive).advanced(byMilliseconds: -stepped)
    }

    /// How far the clock moved without time passing since an upload was last seen, for the one for which that is the most.
    private var stepped: Int64 {
        var (sum, most) = (Int64(0), Int64(0))
        for step in steps.reversed() {
            sum += step.milliseconds
            most = max(most, sum)
        }
        return most
    }
}
