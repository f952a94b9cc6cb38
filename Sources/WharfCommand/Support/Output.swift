import DurableFiles
import Glibc
import NativeWire
import Synchronization

/// The output of a command: results to standard output, everything else to standard error.
///
/// Written on a thread of its own, so that a stopped terminal or a full pipe blocks nothing else. Control characters of
/// names and messages never reach a terminal, whatever the caller passes.
struct Output: Sendable {
    /// How much is written besides failures.
    enum Detail: Int, Comparable, Sendable {
        case failures, normal, verbose

        static func < (one: Detail, other: Detail) -> Bool { one.rawValue < other.rawValue }
    }

    /// Writes one JSON object per line instead of text for people.
    let isJSON: Bool
    let detail: Detail
    /// The outage of the moment.
    let outage = OutageMonitor()
    private let pool = ThreadPool(name: "wharf-output", threads: 1)
    private let sink: @Sendable (String, StandardStream) -> Void
    private let line = StatusLine()

    /// - Parameter sink: Writes text to a stream; may block.
    init(
        isJSON: Bool, detail: Detail = .normal,
        sink: @escaping @Sendable (String, StandardStream) -> Void = { $1.write($0) }
    ) {
        self.isJSON = isJSON
        self.detail = detail
        self.sink = sink
    }

    /// Writes a result as one line of text or as a document. A name in it cannot begin another line.
    func result(_ text: String, _ document: some Encodable & Sendable) async throws {
        try await result(lines: [text], document)
    }

    /// Writes a result as lines of text or as a document.
    func result(lines: [String], _ document: some Encodable & Sendable) async throws {
        guard detail > .failures else { return }
        try await write(lines.map { TerminalText.safe($0) }.joined(separator: "\n"), document)
    }

    /// Writes a failure: a line for people, or a document.
    func failure(_ text: String, _ document: some Encodable & Sendable) async throws {
        guard isJSON else { return await write(TerminalText.safeLines(text) + "\n", to: .error) }
        try await write(text, document)
    }

    private func write(_ text: String, _ document: some Encodable & Sendable) async throws {
        guard isJSON else { return await write(TerminalText.safeLines(text) + "\n", to: .output) }
        let json = String(decoding: try NativeJSON.encode(document), as: UTF8.self)
        await write(TerminalText.safeJSON(json) + "\n", to: .output)
    }

    /// Writes lines for people; nothing if the output is JSON, or if only failures are wanted.
    func note(_ text: String) async {
        if !isJSON, detail > .failures { await write(TerminalText.safeLines(text) + "\n", to: .error) }
    }

    /// Writes a line for people who asked for details.
    func verbose(_ text: String) async {
        if detail == .verbose { await note(text) }
    }

    /// Writes unchanged text to standard error.
    func raw(_ text: String) async {
        await write(text, to: .error)
    }

    /// Replaces the last line of the terminal, or erases it. The next line of output erases it, too.
    func status(_ text: String?) async {
        guard detail > .failures, text != nil || line.isShown else { return }
        let shown = text.map { TerminalText.shortened(TerminalText.safe($0), toColumns: max(0, columns - 1)) } ?? ""
        await pool.run {
            line.isShown = text != nil
            sink(Self.erasure + shown, .error)
        }
    }

    /// To the start of the line, and erases it.
    private static let erasure = "\r\u{1B}[K"

    /// Whether a person watches standard error.
    var isTerminal: Bool { !isJSON && isatty(STDERR_FILENO) != 0 }

    /// The width of the terminal; 80 if unknown.
    var columns: Int { Self.columns(of: .error) ?? 80 }

    /// The width of the terminal that shows the results; nil if they go elsewhere, such as to a program.
    var resultColumns: Int? {
        guard isatty(STDOUT_FILENO) != 0 else { return nil }
        return Self.columns(of: .output) ?? 80
    }

    private static func columns(of stream: StandardStream) -> Int? {
        var size = winsize()
        guard ioctl(stream.rawValue, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    private func write(_ text: String, to stream: StandardStream) async {
        await pool.run {
            if line.isShown {
                line.isShown = false
                sink(Self.erasure, .error)
            }
            sink(text, stream)
        }
    }

    /// Whether the last line of the terminal is a status.
    private final class StatusLine: Sendable {
        private let shown = Atomic(false)
        var isShown: Bool {
            get { shown.load(ordering: .relaxed) }
            set { shown.store(newValue, ordering: .relaxed) }
        }
    }
}

/// A standard stream of the process.
enum StandardStream: Int32, Sendable {
    case output = 1
    case error = 2

    /// Writes all bytes; blocks. If the stream is closed, drops them, since the loss cannot be reported either.
    func write(_ bytes: [UInt8]) {
        _ = writeAll(bytes, to: rawValue)
    }

    func write(_ text: String) {
        write(Array(text.utf8))
    }
}
