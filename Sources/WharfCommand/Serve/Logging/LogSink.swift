import DurableFiles
import Synchronization

/// Writes log lines on a thread of its own, so that no event loop waits for a disk, a terminal or a full pipe. If that
/// stays too slow, lines are dropped, and a line states how many.
final class LogSink: Sendable {
    /// The most bytes that wait; further lines are dropped.
    static let pendingBytesMax = 1 << 20

    private struct State {
        var pending: [UInt8] = []
        var dropped = 0
        var isDraining = false
    }

    private let state = Mutex(State())
    private let pool: any BlockingPool
    private let droppedLine: @Sendable (Int) -> String
    private let output: @Sendable ([UInt8]) -> Void

    /// - Parameters:
    ///   - pool: A pool of one thread.
    ///   - droppedLine: The line that replaces a number of dropped ones.
    ///   - output: Writes whole lines; may block.
    init(
        pool: some BlockingPool,
        droppedLine: @escaping @Sendable (Int) -> String = { "(\($0) log lines were dropped)" },
        output: @escaping @Sendable ([UInt8]) -> Void
    ) {
        self.pool = pool
        self.droppedLine = droppedLine
        self.output = output
    }

    /// Writes to standard error.
    convenience init() {
        self.init(pool: ThreadPool(name: "wharf-log", threads: 1)) { StandardStream.error.write($0) }
    }

    /// - Parameter line: Without the newline.
    func write(_ line: String) {
        let startsDraining = state.withLock { state in
            guard state.pending.count + line.utf8.count < Self.pendingBytesMax else {
                state.dropped += 1
                return false
            }
            state.pending += line.utf8
            state.pending.append(UInt8(ascii: "\n"))
            defer { state.isDraining = true }
            return !state.isDraining
        }
        if startsDraining { pool.submit { self.drain() } }
    }

    /// Waits until all lines so far are written.
    func flush() async {
        await pool.run {}
    }

    private func drain() {
        while let lines = take() { output(lines) }
    }

    private func take() -> [UInt8]? {
        state.withLock { state in
            guard !state.pending.isEmpty else {
                state.isDraining = false
                return nil
            }
            var lines: [UInt8] = []
            swap(&lines, &state.pending)
            if state.dropped > 0 { lines += (droppedLine(state.dropped) + "\n").utf8 }
            state.dropped = 0
            return lines
        }
    }
}
