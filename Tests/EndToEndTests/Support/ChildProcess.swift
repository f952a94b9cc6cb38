import DurableFiles
import Glibc
import Synchronization

/// A child process whose output is read as it arrives. Killed with the last reference.
final class ChildProcess: Sendable {
    enum End: Hashable, Sendable {
        case exit(Int32)
        case signal(Int32)
    }

    /// Its output and end so far.
    struct Progress: Sendable {
        var output: [UInt8] = []
        var errors: [UInt8] = []
        fileprivate var openStreams = 2
        fileprivate var end: End?

        /// Whether it has ended and all its output was read.
        var isOver: Bool { end != nil && openStreams == 0 }
        var errorText: String { String(decoding: errors, as: UTF8.self) }
    }

    let pid: pid_t
    private let watch: Watch
    /// Threads that wait for its output, its input and its end.
    private let pool = ThreadPool(name: "child", threads: 4)

    /// Starts an executable.
    ///
    /// - Parameters:
    ///   - environment: The whole environment; nothing is inherited.
    ///   - input: The bytes of its standard input.
    init(_ path: String, _ arguments: [String], environment: [String: String], input: [UInt8] = []) throws {
        let output = try Descriptors.socketPair()
        let errors = try Descriptors.socketPair()
        let feed = try Descriptors.socketPair()
        defer { for descriptor in [output.theirs, errors.theirs, feed.theirs] { close(descriptor) } }
        pid = try spawnProcess(
            path, arguments, environment, descriptors: [feed.theirs, output.theirs, errors.theirs])
        let (watch, pid) = (Watch(), pid)
        self.watch = watch
        pool.submit {
            Descriptors.drain(output.ours) { bytes in
                watch.change { $0.output += bytes }
            } onEnd: {
                watch.change { $0.openStreams -= 1 }
            }
        }
        pool.submit {
            Descriptors.drain(errors.ours) { bytes in
                watch.change { $0.errors += bytes }
            } onEnd: {
                watch.change { $0.openStreams -= 1 }
            }
        }
        pool.submit { Descriptors.feed(feed.ours, input) }
        pool.submit { watch.waitForEnd(of: pid) }
    }

    deinit {
        kill(SIGKILL)
    }

    /// Sends a signal, unless the process has ended.
    func kill(_ signal: Int32) {
        watch.ifRunning { _ = Glibc.kill(pid, signal) }
    }

    /// Waits until its progress fulfils a condition or the process has ended. Cancellation kills the process.
    func progress(until isWanted: @escaping @Sendable (Progress) -> Bool) async -> Progress {
        await withTaskCancellationHandler {
            await watch.progress(until: isWanted)
        } onCancel: {
            kill(SIGKILL)
        }
    }

    /// Waits for its end.
    func end() async -> (end: End?, progress: Progress) {
        let progress = await progress { $0.isOver }
        return (progress.end, progress)
    }

    // MARK: -

    /// The progress and its waiters.
    private final class Watch: Sendable {
        private struct State {
            var progress = Progress()
            var waiters:
                [(isWanted: @Sendable (Progress) -> Bool, continuation: CheckedContinuation<Progress, Never>)] = []
        }

        private let state = Mutex(State())

        func change(_ body: (inout Progress) -> Void) {
            let (ready, progress) = state.withLock { state in
                body(&state.progress)
                let progress = state.progress
                let ready = state.waiters.filter { $0.isWanted(progress) || progress.isOver }
                state.waiters.removeAll { $0.isWanted(progress) || progress.isOver }
                return (ready.map(\.continuation), progress)
            }
            for continuation in ready { continuation.resume(returning: progress) }
        }

        func progress(until isWanted: @escaping @Sendable (Progress) -> Bool) async -> Progress {
            await withCheckedContinuation { continuation in
                let now: Progress? = state.withLock { state in
                    if isWanted(state.progress) || state.progress.isOver { return state.progress }
                    state.waiters.append((isWanted, continuation))
                    return nil
                }
                if let now { continuation.resume(returning: now) }
            }
        }

        func ifRunning(_ body: () -> Void) {
            state.withLock { if $0.progress.end == nil { body() } }
        }

        /// The process is reaped under the lock, so that its id cannot be reused before.
        func waitForEnd(of pid: pid_t) {
            var information = siginfo_t()
            while waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
            change { progress in
                var status: Int32 = 0
                _ = waitpid(pid, &status, 0)
                let signal = status & 0x7f
                progress.end = signal == 0 ? .exit(status >> 8 & 0xff) : .signal(signal)
            }
        }
    }
}
