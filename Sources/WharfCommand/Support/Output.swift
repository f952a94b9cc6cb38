import DurableFiles
import Glibc
import NativeWire

/// Standard output for results and standard error for everything else, written on a thread of their own: a terminal that
/// is stopped, or a pipe that nobody reads, holds up nothing but this.
struct Output: Sendable {
    /// One JSON object a line instead of text for people.
    let isJSON: Bool
    private let pool = ThreadPool(name: "wharf-output", threads: 1)
    private let sink: @Sendable (String, Int32) -> Void

    /// - Parameter sink: Takes text for a descriptor, and may block.
    init(isJSON: Bool, sink: @escaping @Sendable (String, Int32) -> Void = Output.write) {
        self.isJSON = isJSON
        self.sink = sink
    }

    /// One result: as text, or as a document.
    func result(_ text: String, _ document: some Encodable & Sendable) async throws {
        guard isJSON else { return await write(text + "\n", to: STDOUT_FILENO) }
        let bytes = try NativeJSON.encode(document)
        await write(String(decoding: bytes, as: UTF8.self) + "\n", to: STDOUT_FILENO)
    }

    /// Something for people only.
    func note(_ text: String) async {
        if !isJSON { await write(text + "\n", to: STDERR_FILENO) }
    }

    /// Text as it is, to standard error.
    func raw(_ text: String) async {
        await write(text, to: STDERR_FILENO)
    }

    /// Whether people watch.
    var isTerminal: Bool { !isJSON && isatty(STDERR_FILENO) != 0 }

    /// Columns of the terminal; 80 where it does not say.
    var columns: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    private func write(_ text: String, to descriptor: Int32) async {
        await pool.run { sink(text, descriptor) }
    }

    /// What cannot be written is dropped: there is nobody left to tell.
    @Sendable private static func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
