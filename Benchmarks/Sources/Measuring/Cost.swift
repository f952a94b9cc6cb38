import Glibc

/// The elapsed time and the CPU time of some work.
package struct Cost: Sendable {
    package var seconds: Double
    /// User and system time of all threads of the measured process.
    package var cpuSeconds: Double
    /// The number of repetitions or units of the work.
    package var count: Double

    package init(seconds: Double, cpuSeconds: Double, count: Double = 1) {
        self.seconds = seconds
        self.cpuSeconds = cpuSeconds
        self.count = count
    }

    package var perSecond: Double { count / seconds }
    package var secondsEach: Double { seconds / count }
    package var cpuEach: Double { cpuSeconds / count }

    package static func + (left: Cost, right: Cost) -> Cost {
        Cost(
            seconds: left.seconds + right.seconds, cpuSeconds: left.cpuSeconds + right.cpuSeconds,
            count: left.count + right.count)
    }

    /// Measures work of this process, which returns its count.
    package static func of(_ work: () async throws -> Double) async rethrows -> Cost {
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

/// Counts the seconds since its creation.
package struct Stopwatch: Sendable {
    private let start = Stopwatch.now()

    package init() {}

    package var seconds: Double { Self.now() - start }

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
