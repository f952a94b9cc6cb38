import Glibc
import Measuring

/// Measures the engine against the same machine without it, in one process and in turns, so that the ratios hold under
/// other load.
///
///     swift run -c release --package-path Benchmarks engine-bench [--only NAME] [--dir DIR] [--quick] [--write]
@main
struct EngineBench {
    static func main() async {
        do {
            let options = try Options(Array(CommandLine.arguments.dropFirst()))
            if let task = options.memoryTask {
                say(try await task.run(options).text)
            } else {
                try await measure(options)
            }
        } catch {
            note("engine-bench: \(error)")
            exit(1)
        }
    }

    private static func measure(_ options: Options) async throws {
        let bench = try Bench(options)
        defer { bench.scratch.remove() }
        let start = Stopwatch()
        var report = Report(
            machine: try Machine(measuring: bench.scratch.path), subject: "engine", column: "engine",
            isQuick: options.isQuick)
        for scenario in options.scenarios {
            note("\(scenario.rawValue) …")
            let outcome = try await scenario.run(bench)
            report.add(scenario.title, outcome)
            note("\(scenario.rawValue): \(decimals(start.seconds, 0)) s since the start")
        }
        report.finish(seconds: start.seconds)
        say(report.markdown)
        if options.writes { try report.append() }
    }
}
