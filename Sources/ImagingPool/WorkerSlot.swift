import ImagingWire
import Synchronization
import UploadCore

/// A place for one worker process, which is started when it is needed and replaced when it died. Used by one call at a time;
/// only `interrupt` may come from anywhere.
final class Worker: Sendable {
    private struct State {
        var process: WorkerProcess?
        var isInterrupted = false
    }

    private let executable: String
    private let arguments: [String]
    private let state = Mutex(State())

    init(_ executable: String, _ arguments: [String]) {
        self.executable = executable
        self.arguments = arguments
    }

    deinit {
        stop()
    }

    /// Kills the process of the call under way, so that it ends soon. From any thread.
    func interrupt() {
        state.withLock { state in
            state.isInterrupted = true
            state.process?.kill()
        }
    }

    /// Tells, once, whether the call that ends now was interrupted.
    func takeInterruption() -> Bool {
        state.withLock { state in
            defer { state.isInterrupted = false }
            return state.isInterrupted
        }
    }

    var processId: Int32? { state.withLock { $0.process?.pid } }

    // MARK: - On a thread that may wait

    /// Starts the process, unless it runs.
    func start() throws(WorkerTrouble) {
        _ = try running()
    }

    /// Derives a picture.
    ///
    /// - Parameter picture: A descriptor that stays the caller's.
    func derive(_ picture: Int32, _ request: PictureRequest) throws(DerivationFailure) -> (DerivedPicture, JobEnd) {
        var outcome = try exchange(picture, request)
        if case .notSent = outcome {
            // It died while it had nothing to do; nothing was tried yet.
            outcome = try exchange(picture, request)
        }
        return try outcome.result(request.limits)
    }

    private func exchange(_ picture: Int32, _ request: PictureRequest) throws(DerivationFailure) -> ExchangeOutcome {
        let process: WorkerProcess
        do throws(WorkerTrouble) {
            process = try running()
        } catch {
            throw DerivationFailure(
                .unavailable, "no pictures are derived at the moment: the imaging worker does not start")
        }
        let outcome = process.exchange(picture, request)
        if case .answered = outcome { return outcome }
        stop()
        return outcome
    }

    /// Ends the process, if there is one, and waits for its end.
    func stop() {
        let process = state.withLock { state in
            defer { state.process = nil }
            return state.process
        }
        process?.end()
    }

    private func running() throws(WorkerTrouble) -> WorkerProcess {
        if let process = state.withLock({ $0.process }) { return process }
        let process = try WorkerProcess(executable, arguments)
        state.withLock { state in
            state.process = process
            if state.isInterrupted { process.kill() }
        }
        return process
    }
}
