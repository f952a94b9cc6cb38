import Glibc
import Measuring

/// Measures the server against nginx: the same requests over loopback from the same client, in turns, so that the
/// ratios hold under other load. With `--cluster`, nodes of a cluster against a server with its files.
///
///     swift run -c release --package-path Benchmarks http-bench [--only NAME] [--cluster] [--dir DIR] [--tusd PATH]
///     [--wharf PATH] [--weed PATH] [--quick] [--write]
@main
struct HTTPBench {
    static func main() async {
        do {
            try await measure(Options(Array(CommandLine.arguments.dropFirst())))
        } catch {
            note("http-bench: \(error)")
            exit(1)
        }
    }

    private static func measure(_ options: Options) async throws {
        try FileLimit.raise()
        let bench = try Bench(options)
        defer { bench.scratch.remove() }
        let start = Stopwatch()
        var report = Report(
            machine: try Machine(measuring: bench.scratch.path), subject: "HTTP", column: "Wharf",
            isQuick: options.isQuick)
        for scenario in options.scenarios {
            note("\(scenario.rawValue) … (load \(Machine.load))")
            report.add(scenario.title, try await scenario.run(bench))
            note("\(scenario.rawValue): \(decimals(start.seconds, 0)) s since the start")
        }
        report.finish(seconds: start.seconds)
        say(report.markdown)
        if options.writes { try report.append() }
    }
}
