import Glibc

/// What some work took.
struct Cost: Sendable {
    var seconds: Double
    /// Of all threads of this process, in user and system mode.
    var cpuSeconds: Double
    /// How often the work was done, or how many units of it.
    var count: Double = 1

    var perSecond: Double { count / seconds }
    var secondsEach: Double { seconds / count }
    var cpuEach: Double { cpuSeconds / count }

    static func + (left: Cost, right: Cost) -> Cost {
        Cost(
            seconds: left.seconds + right.seconds, cpuSeconds: left.cpuSeconds + right.cpuSeconds,
            count: left.count + right.count)
    }

    /// Measures work that counts once, or as often as it returns.
    static func of(_ work: () async throws -> Double) async rethrows -> Cost {
        let (watch, cpu) = (Stopwatch(), cpuNow())
        let count = try await work()
        return Cost(seconds: watch.seconds, cpuSeconds: cpuNow() - cpu, count: count)
    }

    private static func cpuNow() -> Double {
        var usage = rusage()
        getrusage(RUSAGE_SELF.rawValue, &usage)
        return [usage.ru_utime, usage.ru_stime].reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6 }
    }
}

/// Counts seconds from when it was made.
struct Stopwatch: Sendable {
    private let start = Stopwatch.now()

    var seconds: Double { Self.now() - start }

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
