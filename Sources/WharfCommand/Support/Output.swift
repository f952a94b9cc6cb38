import DurableFiles
import Glibc
import NativeWire

/// The output of a command: results to standard output, everything else to standard error.
///
/// Written on a thread of its own, so that a stopped terminal or a full pipe blocks nothing else.
struct Output: Sendable {
    /// Writes one JSON object per line instead of text for people.
    let isJSON: Bool
    private let pool = ThreadPool(name: "wharf-output", threads: 1)
    private let sink: @Sendable (String, StandardStream) -> Void

    /// - Parameter sink: Writes text to a stream; may block.
    init(isJSON: Bool, sink: @escaping @Sendable (String, StandardStream) -> Void = { $1.write($0) }) {
        self.isJSON = isJSON
        self.sink = sink
    }

    /// Writes a result as lines of text or as a document. Control characters in it never reach the terminal.
    func result(_ text: String, _ document: some Encodable & Sendable) async throws {
        guard isJSON else { return await write(TerminalText.safeLines(text) + "\n", to: .output) }
        let json = String(decoding: try NativeJSON.encode(document), as: UTF8.self)
        await write(TerminalText.safeJSON(json) + "\n", to: .output)
    }

    /// Writes lines for people, without control characters; nothing if the output is JSON.
    func note(_ text: String) async {
        if !isJSON { await write(TerminalText.safeLines(text) + "\n", to: .error) }
    }

    /// Writes unchanged text to standard error.
    func raw(_ text: String) async {
        await write(text, to: .error)
    }

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
        await pool.run { sink(text, stream) }
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
