import DurableFiles
import Glibc
import Synchronization

/// Where lines of the log go. Written by a thread of its own, so that an event loop never waits for a terminal or a full pipe;
/// if the reader is too slow for long, lines are dropped and their number is told.
final class LogSink: Sendable {
    /// Of lines that wait.
    static let pendingBytesMax = 1 << 20

    private struct State {
        var pending: [UInt8] = []
        var dropped = 0
        var isDraining = false
    }

    private let state = Mutex(State())
    private let pool: any BlockingPool
    private let output: @Sendable ([UInt8]) -> Void

    /// - Parameters:
    ///   - pool: Of one thread.
    ///   - output: Takes some whole lines; may block.
    init(pool: some BlockingPool, output: @escaping @Sendable ([UInt8]) -> Void) {
        self.pool = pool
        self.output = output
    }

    /// Standard error.
    convenience init() {
        self.init(pool: ThreadPool(name: "wharf-log", threads: 1)) { StandardStream.error.write($0) }
    }

    /// - Parameter line: Without its end.
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

    /// Returns when all lines so far are written.
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
            if state.dropped > 0 { lines += "(\(state.dropped) lines of the log were dropped)\n".utf8 }
            state.dropped = 0
            return lines
        }
    }
}

/// A standard stream of the process, written to directly.
enum StandardStream: Int32, Sendable {
    case output = 1
    case error = 2

    /// Blocks until all is written. A stream that is closed takes nothing, and that is no error.
    func write(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(rawValue, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if count < 0, errno != EINTR {
                return
            }
        }
    }

    func write(_ text: String) {
        write(Array(text.utf8))
    }
}
