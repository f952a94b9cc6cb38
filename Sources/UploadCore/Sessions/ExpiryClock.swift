import SessionCore

/// Computes a cutoff from a clock that may be set: what happened before it is older than a given age. Uploads last seen
/// before the cutoff of the time to live expire; those that ended before that of their retention are removed.
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

    private let age: Int64
    private let grace: Int64
    private var graceStart: Int64
    private var last: (now: Timestamp, uptime: Int64)
    private var steps: [Step] = []

    /// - Parameters:
    ///   - age: In milliseconds.
    ///   - grace: The time in which nothing is old enough, in milliseconds.
    ///   - now: The time of day as the store is opened.
    ///   - uptime: The uptime at the same moment, in milliseconds.
    init(age: Int64, grace: Int64, now: Timestamp, uptime: Int64) {
        self.age = age
        self.grace = grace
        graceStart = uptime
        last = (now, uptime)
    }

    /// The smallest difference that counts as a step. Smaller ones change an age by less than a hundredth.
    private var stepMin: Int64 { max(1, min(60_000, age / 100)) }

    /// - Returns: What happened before this time is old enough; nil if nothing is.
    mutating func cutoff(now: Timestamp, uptime: Int64) -> Timestamp? {
        let moved = now.milliseconds - last.now.milliseconds - (uptime - last.uptime)
        last = (now, uptime)
        if abs(moved) >= stepMin { steps.append(Step(milliseconds: moved, uptime: uptime)) }
        if moved >= stepMin { graceStart = uptime }
        // A step older than that has no effect: all that happened before it is old enough.
        steps.removeAll { $0.uptime + age < uptime }
        guard graceStart + grace <= uptime else { return nil }
        return now.advanced(byMilliseconds: -age).advanced(byMilliseconds: -stepped)
    }

    /// The largest sum of the recent steps: the most that the steps add to any age.
    private var stepped: Int64 {
        var (sum, most) = (Int64(0), Int64(0))
        for step in steps.reversed() {
            sum += step.milliseconds
            most = max(most, sum)
        }
        return most
    }
}
