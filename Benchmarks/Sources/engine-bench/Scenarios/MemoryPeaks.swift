import Measuring
import UploadCore

/// The memory use of uploads, each measured in a process of its own.
struct MemoryPeaks {
    private static let goalBytes = 32 << 20

    private let bench: Bench

    init(_ bench: Bench) {
        self.bench = bench
    }

    /// The number of 8 MiB chunks in the large upload.
    static func chunks(_ options: Options) -> Int { options.isQuick ? 16 : 512 }

    /// The number of half-done uploads.
    static func uploads(_ options: Options) -> Int { options.isQuick ? 50 : 1000 }

    func run() async throws -> Outcome {
        var outcome = Outcome()
        for durability in Durability.both {
            for task in MemoryTask.allCases { outcome.rows.append(try row(task, durability)) }
        }
        outcome.remarks.append(
            "The engine's figure is the highest resident memory (`VmHWM`) above that of an open store that nobody uses, which is the"
                + " peer. What the caller itself needs, one piece of 256 KiB, is part of the idle figure.")
        return outcome
    }

    private func row(_ task: MemoryTask, _ durability: Durability) throws -> Row {
        var arguments = ["--memory-task", task.rawValue, "--dir", bench.scratch.path, "--durability", durability.name]
        if bench.options.isQuick { arguments.append("--quick") }
        let output = try ChildProcess.run(arguments)
        bench.scratch.remove("store")
        guard let peak = MemoryPeak(text: output) else { throw BenchError("the child said “\(output)”") }
        let above = peak.peakBytes - peak.idleBytes
        return Row(
            what(task), durability, peer: "\(mebibytes(peak.idleBytes)) idle",
            "+\(mebibytes(above)), \(mebibytes(peak.restBytes - peak.idleBytes)) of it afterwards",
            goal: .fact("< 32 MiB above idle", isMet: above < Self.goalBytes))
    }

    private func what(_ task: MemoryTask) -> String {
        let gibibytes = short(Double(Self.chunks(bench.options)) / 128)
        let uploads = decimals(Double(Self.uploads(bench.options)), 0)
        return switch task {
        case .chunks: "an upload of \(gibibytes) GiB in chunks of 8 MiB"
        case .append: "an upload of \(gibibytes) GiB, appended"
        case .halfDone: "\(uploads) uploads, one of two chunks of 64 KiB done"
        case .writing: "the same, and the other half written by an open writer"
        }
    }
}
