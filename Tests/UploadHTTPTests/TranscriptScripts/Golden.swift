import FoundationEssentials
import Testing

/// Texts that are compared with files, and recorded anew where `WHARF_RECORD=1`.
enum Golden {
    static let directory =
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2)
        .joined(separator: "/") + "/Transcripts/"

    static var isRecording: Bool { ProcessInfo.processInfo.environment["WHARF_RECORD"] == "1" }

    static func text(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(filePath: directory + name + ".txt")), as: UTF8.self)
    }

    static func record(_ text: String, as name: String) throws {
        try Data(text.utf8).write(to: URL(filePath: directory + name + ".txt"))
    }

    /// Fails with the first line that differs and what stands around it.
    static func expect(_ text: String, is golden: String, _ what: String, sourceLocation: SourceLocation) {
        guard text != golden else { return }
        let (lines, expected) = (text.split(separator: "\n"), golden.split(separator: "\n"))
        let first = zip(lines, expected).enumerated().first { $1.0 != $1.1 }?.offset ?? min(lines.count, expected.count)
        let context = lines[max(0, first - 12)..<min(first, lines.count)].joined(separator: "\n")
        Issue.record(
            """
            \(what) differs from its record at line \(first + 1) of those that are not empty:
            \(context)
            is:       \(first < lines.count ? String(lines[first]) : "(end)")
            expected: \(first < expected.count ? String(expected[first]) : "(end)")
            """, sourceLocation: sourceLocation)
    }
}
