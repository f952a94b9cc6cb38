import Glibc

/// The results of a run as Markdown.
package struct Report {
    private let column: String
    private var text: String

    /// - Parameters:
    ///   - subject: The subject of the measurement.
    ///   - column: The title of the figures' column.
    package init(machine: Machine, subject: String, column: String, isQuick: Bool) {
        self.column = column
        text = "## \(machine.date), \(subject)\n\n\(machine.description)\n"
        if isQuick { text += "\n*A quick run, to see that everything works: the figures mean nothing.*\n" }
    }

    package mutating func add(_ title: String, _ outcome: Outcome) {
        text += "\n### \(title)\n\n\(Row.header(column))\n"
        for row in outcome.rows { text += row.markdown + "\n" }
        for remark in outcome.remarks { text += "\n\(remark)\n" }
    }

    package mutating func finish(seconds: Double) {
        text += "\nThe run took \(decimals(seconds, 0)) s; load at its end: \(Machine.load).\n"
    }

    package var markdown: String { text }

    /// Appends the report to `RESULTS.md` beside the package manifest.
    package func append() throws(BenchError) {
        let components = #filePath.split(separator: "/").dropLast(4)
        let path = "/" + components.joined(separator: "/") + "/RESULTS.md"
        guard let file = fopen(path, "a") else { throw BenchError("cannot write “\(path)”: errno \(errno)") }
        defer { fclose(file) }
        let bytes = Array(("\n" + text).utf8)
        guard fwrite(bytes, 1, bytes.count, file) == bytes.count else { throw BenchError("cannot write “\(path)”") }
    }
}
