import ImagingWire
import Synchronization
import UploadCore
import UploadDerivation

/// Owns one worker process: starts it on demand and replaces it after its death. Used by one call at a time, except for
/// `interrupt`.
final class WorkerHolder: Sendable {
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

    /// Kills the process of the current call, so that the call ends soon. Callable from any thread.
    func interrupt() {
        state.withLock { state in
            state.isInterrupted = true
            state.process?.kill()
        }
    }

    /// Ends an interruption.
    func resume() {
        state.withLock { $0.isInterrupted = false }
    }

    var processId: Int32? { state.withLock { $0.process?.pid } }

    // MARK: - Blocking

    /// Starts the process unless it is running.
    ///
    /// - Returns: The layers of its sandbox.
    func start() throws(WorkerStartError) -> SandboxLayers {
        try running().layers
    }

    /// Sends a picture to the process.
    ///
    /// - Parameter picture: A descriptor, which the caller closes.
    func derive(_ picture: Int32, _ request: PictureRequest) throws(DerivationFailure) -> PictureReply {
        var outcome = try exchange(picture, request)
        if case .notSent = outcome {
            // It died while idle, so nothing was tried yet.
            outcome = try exchange(picture, request)
        }
        return try outcome.reply(request.limits)
    }

    private func exchange(_ picture: Int32, _ request: PictureRequest) throws(DerivationFailure) -> ExchangeOutcome {
        let process: WorkerProcess
        do throws(WorkerStartError) {
            process = try running()
        } catch {
            throw DerivationFailure(
                .unavailable, "the imaging worker does not start")
        }
        let outcome = process.exchange(picture, request)
        if case .answered = outcome { return outcome }
        stop()
        return outcome
    }

    /// Terminates the process, if there is one, and waits for its end.
    func stop() {
        let process = state.withLock { state in
            defer { state.process = nil }
            return state.process
        }
        process?.end()
    }

    private func running() throws(WorkerStartError) -> WorkerProcess {
        if let process = state.withLock({ $0.process }) { return process }
        let process = try WorkerProcess(executable, arguments)
        state.withLock { state in
            state.process = process
            if state.isInterrupted { process.kill() }
        }
        return process
    }
}
