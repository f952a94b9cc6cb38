import DurableFiles
import Glibc
import Logging
import Synchronization

/// The file of the access log, to which lines are appended. All calls block.
///
/// A failure to write loses lines, and not requests; it is logged once, until a write succeeds again.
final class AccessLogFile: Sendable {
    private struct State {
        var descriptor: Int32
        var isFailing = false
    }

    private let path: String
    private let logger: Logger
    private let state: Mutex<State>

    /// Opens the file, or creates it with mode 0600.
    init(path: String, logger: Logger) throws(FileError) {
        self.path = path
        self.logger = logger
        state = Mutex(State(descriptor: try Self.open(path)))
    }

    deinit {
        state.withLock { _ = close($0.descriptor) }
    }

    func write(_ lines: [UInt8]) {
        state.withLock { state in
            let number = writeAll(lines, to: state.descriptor)
            if number != 0, !state.isFailing {
                logger.error(
                    "the access log cannot be written, lines are lost",
                    metadata: ["file": "\(path)", "errno": "\(number)"])
            }
            state.isFailing = number != 0
        }
    }

    /// Opens the file again, which may have been renamed. If that fails, keeps the open one.
    func reopen() {
        do throws(FileError) {
            let descriptor = try Self.open(path)
            let former = state.withLock { state in
                defer { state.descriptor = descriptor }
                return state.descriptor
            }
            _ = close(former)
            logger.notice("access log opened again", metadata: ["file": "\(path)"])
        } catch {
            logger.error("access log not opened again", metadata: ["file": "\(path)", "error": "\(error)"])
        }
    }

    private static func open(_ path: String) throws(FileError) -> Int32 {
        // Opening a pipe would wait for its reader. Writes wait, as to a file: they have a thread of their own.
        let flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC
        let descriptor = path.withCString { Glibc.open($0, flags | O_NONBLOCK, 0o600) }
        guard descriptor >= 0, fcntl(descriptor, F_SETFL, O_APPEND) == 0 else {
            let number = errno
            if descriptor >= 0 { close(descriptor) }
            throw FileError(.other, errno: number, call: "open", path: path)
        }
        return descriptor
    }
}
