import ImagingWire
import Synchronization
import UploadCore
import UploadDerivation

/// The workers of one derivation at a time: that of pictures and, if it is installed, that of videos. Used by one call at a
/// time, except for `interrupt`.
final class WorkerSlot: Sendable {
    private let pictures: WorkerHolder
    private let videos: WorkerHolder?
    private let isInterrupted = Mutex(false)

    init(_ executable: String, video: String?, _ arguments: [String]) {
        pictures = WorkerHolder(executable, arguments)
        videos = video.map { WorkerHolder($0, arguments) }
    }

    /// Kills the processes of the current call, so that the call ends soon. Callable from any thread.
    func interrupt() {
        isInterrupted.withLock { $0 = true }
        pictures.interrupt()
        videos?.interrupt()
    }

    /// Whether the ending call was interrupted; resets the flag.
    func takeInterruption() -> Bool {
        pictures.resume()
        videos?.resume()
        return isInterrupted.withLock { isInterrupted in
            defer { isInterrupted = false }
            return isInterrupted
        }
    }

    var processIds: [Int32] { [pictures, videos].compactMap { $0?.processId } }

    // MARK: - Blocking

    /// Starts the process for pictures unless it is running.
    ///
    /// - Returns: The layers of its sandbox.
    func start() throws(WorkerStartError) -> SandboxLayers {
        try pictures.start()
    }

    /// The same for videos; nil if there is no worker for them.
    func startVideo() throws(WorkerStartError) -> SandboxLayers? {
        try videos?.start()
    }

    /// Derives a picture. What the worker of pictures recognizes as a video goes to that of videos.
    ///
    /// - Parameter picture: A descriptor, which the caller closes.
    func derive(_ picture: Int32, _ request: PictureRequest) throws(DerivationFailure) -> DerivedPicture {
        let reply = try pictures.derive(picture, request)
        guard let video = reply.video, let videos else { return try reply.picture() }
        do throws(DerivationFailure) {
            return try videos.derive(picture, request).picture()
        } catch {
            // What is known of it remains so when its poster fails, however that is.
            throw DerivationFailure(
                error.cause, error.reason, takenAt: video.takenAt, mediaTypes: video.format.mediaTypes)
        }
    }

    /// Terminates the processes, if there are any, and waits for their end.
    func stop() {
        pictures.stop()
        videos?.stop()
    }
}
