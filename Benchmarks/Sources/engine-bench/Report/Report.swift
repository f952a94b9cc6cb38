import Glibc

/// What a run came to, as Markdown.
struct Report {
    private let isQuick: Bool
    private var text: String

    init(machine: Machine, isQuick: Bool) {
        self.isQuick = isQuick
        text = "## \(machine.date)\n\n\(machine.description)\n"
        if isQuick { text += "\n*A quick run, to see that everything works: the figures mean nothing.*\n" }
    }

    mutating func add(_ scenario: Scenario, _ outcome: Outcome) {
        text += "\n### \(scenario.title)\n\n\(Row.header)\n"
        for row in outcome.rows { text += row.markdown + "\n" }
        for remark in outcome.remarks { text += "\n\(remark)\n" }
    }

    mutating func finish(seconds: Double) {
        text += "\nThe run took \(decimals(seconds, 0)) s; load at its end: \(Machine.load).\n"
    }

    var markdown: String { text }

    /// Appends it to the file beside the package's manifest.
    func append() throws(BenchError) {
        let components = #filePath.split(separator: "/").dropLast(4)
        let path = "/" + components.joined(separator: "/") + "/RESULTS.md"
        guard let file = fopen(path, "a") else { throw BenchError("cannot write “\(path)”: errno \(errno)") }
        defer { fclose(file) }
        let bytes = Array(("\n" + text).utf8)
        guard fwrite(bytes, 1, bytes.count, file) == bytes.count else { throw BenchError("cannot write “\(path)”") }
    }
}
