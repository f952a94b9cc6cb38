import DurableFiles
public import ImagingWire
import SessionCore
import UploadCore
public import UploadDerivation

/// Derives pictures in worker processes (`wharf-imaging`), each picture in a sandboxed process of its own; posters of
/// videos, too, with a second executable (`wharf-imaging-video`).
///
/// A misbehaving process costs one picture: it is killed and replaced, and its reply is validated. Workers start on
/// first use. Blocking work runs on the pool's own threads.
///
/// ```swift
/// guard let executable = WorkerExecutable.find(path: path) else { return }
/// let pool = try ImagingPool(executable: executable)
/// try await pool.check()
/// ```
public final class ImagingPool: PhotoDeriver {
    private let limits: ImagingLimits
    private let scratch: ScratchDirectory
    private let workers: [WorkerSlot]
    private let slots: SlotPool<WorkerSlot>
    private let threads: ThreadPool

    /// - Parameters:
    ///   - executable: The path of `wharf-imaging`; see `WorkerExecutable.find` and `check()`.
    ///   - video: The path of `wharf-imaging-video`; without it videos fail with cause `.file`, and have their time of
    ///     capture.
    ///   - arguments: Its arguments, for tests and measurements; a server passes none.
    ///   - limits: Validated here.
    ///   - scratch: For photos of more than 1 MiB that are no file of their own.
    public init(
        executable: String, video: String? = nil, arguments: [String] = [], limits: ImagingLimits = ImagingLimits(),
        scratch: ScratchDirectory = ScratchDirectory(path: "/var/tmp", freeBytesMin: 64 << 20)
    ) throws(InvalidPictureLimit) {
        try limits.validate()
        self.scratch = scratch
        self.limits = limits
        workers = (0..<limits.workers).map { _ in WorkerSlot(executable, video: video, arguments) }
        slots = SlotPool(slots: workers, waitingMax: limits.waitingMax)
        threads = ThreadPool(name: "wharf-imaging", threads: limits.workers)
    }

    /// - Throws: `.file` if the picture cannot be decoded or exceeds a limit; `.worker` if its process died or exceeded
    ///   its resources; `.unavailable` if nothing was tried: the executable does not work, the bytes could not be read,
    ///   too many calls wait, the task was cancelled, or the pool is closed.
    public func derive(_ photo: PhotoSource) async throws(DerivationFailure) -> PhotoDerivatives {
        let request = PictureRequest(
            limits: limits.picture, fileBytesMax: limits.fileBytesMax, sandbox: limits.sandbox)
        let (scratch, threads, wholeBytesMax) = (scratch, threads, limits.fileBytesMax)
        let outcome: Result<DerivedPicture, DerivationFailure> = await withWorker { worker in
            do throws(DerivationFailure) {
                let file = try await PhotoDescriptor.of(
                    photo, wholeUpTo: wholeBytesMax, in: scratch, on: threads)
                defer { file.close() }
                return try await threads.run { () throws(DerivationFailure) in
                    .success(try worker.derive(file.descriptor, request))
                }
            } catch {
                return .failure(error)
            }
        }
        return PhotoDerivatives(try outcome.get())
    }

    /// Checks that a worker starts and responds.
    ///
    /// - Returns: The layers that the sandbox of a picture has on this system. Without those that
    ///   `ImagingLimits.sandbox` requires nothing is decoded.
    /// - Throws: The reason for the operator; it contains paths.
    @discardableResult
    public func check() async throws(WorkerStartError) -> SandboxLayers {
        try await check { worker throws(WorkerStartError) in try worker.start() }
    }

    /// The same for the worker of videos; nil if the pool has none.
    @discardableResult
    public func checkVideo() async throws(WorkerStartError) -> SandboxLayers? {
        try await check { worker throws(WorkerStartError) in try worker.startVideo() }
    }

    private func check<Layers: Sendable>(
        _ start: @escaping @Sendable (WorkerSlot) throws(WorkerStartError) -> Layers
    ) async throws(WorkerStartError) -> Layers {
        let threads = threads
        let outcome: Result<Result<Layers, WorkerStartError>, DerivationFailure> = await withWorker { worker in
            .success(
                await threads.run {
                    do throws(WorkerStartError) {
                        return .success(try start(worker))
                    } catch {
                        return .failure(error)
                    }
                })
        }
        switch outcome {
        case .success(let checked): return try checked.get()
        case .failure(let refusal): throw WorkerStartError(refusal.reason)
        }
    }

    /// Terminates all workers and waits for their end. Calls in progress, waiting and later calls fail as
    /// `.unavailable` or `.worker`. Idempotent.
    public func close() async {
        slots.close()
        for worker in workers { worker.interrupt() }
        await slots.waitUntilIdle()
        await threads.run { [workers] in
            for worker in workers { worker.stop() }
        }
    }

    /// The running worker processes.
    package var processIds: [Int32] { workers.flatMap(\.processIds) }

    // MARK: -

    /// Cancellation ends the wait for a worker, or kills the worker.
    private func withWorker<Value: Sendable>(
        _ body: @Sendable (WorkerSlot) async -> Result<Value, DerivationFailure>
    ) async -> Result<Value, DerivationFailure> {
        switch await slots.acquire() {
        case .failure(let refusal): return .failure(DerivationFailure(.unavailable, refusal.reason))
        case .success(let worker):
            let outcome = await withTaskCancellationHandler {
                await body(worker)
            } onCancel: {
                worker.interrupt()
            }
            let wasInterrupted = worker.takeInterruption()
            slots.release(worker)
            if wasInterrupted, case .failure = outcome {
                return .failure(DerivationFailure(.unavailable, "deriving the picture was cancelled"))
            }
            return outcome
        }
    }
}

extension PhotoDerivatives {
    init(_ picture: DerivedPicture) {
        self.init(
            width: picture.width, height: picture.height, display: Rendition(picture.display),
            thumb: Rendition(picture.thumb), placeholder: Rendition(picture.placeholder), thumbHash: picture.thumbHash,
            takenAt: picture.takenAt.flatMap { CaptureTime($0) }, mediaTypes: picture.format.mediaTypes,
            note: DerivationNote(picture.notes, of: picture.format))
    }
}

extension CaptureTime {
    init?(_ time: PictureTime) {
        let civil = CivilTime(
            year: time.year, month: time.month, day: time.day, hour: time.hour, minute: time.minute,
            second: time.second, millisecond: time.millisecond)
        guard let local = civil.timestamp else { return nil }
        self.init(localMilliseconds: local.milliseconds, zoneMinutes: time.zoneMinutes)
    }
}

extension DerivationNote {
    /// nil if there is nothing to say.
    fileprivate init?(_ notes: [PictureNote], of format: PictureFormat) {
        guard !notes.isEmpty else { return nil }
        let extent: Extent =
            notes.contains(where: \.isIncomplete) ? .partial : notes.contains(where: \.isPreview) ? .preview : .whole
        let clauses = notes.map(\.description).joined(separator: "; ")
        self.init(extent, format.isRaw ? "the \(format.name) raw file is not developed; \(clauses)" : clauses)
    }
}

extension Rendition {
    fileprivate init(_ picture: EncodedPicture) {
        self.init(bytes: picture.bytes, contentType: "image/webp", width: picture.width, height: picture.height)
    }
}

/// Resource limits of a pool and of each picture. `ImagingPool.init` validates them.
public struct ImagingLimits: Hashable, Sendable {
    /// Pictures derived at once: a process with the memory limit of `picture`, and a thread that waits for it, for
    /// each. A video counts as a picture.
    public var workers = 2
    /// Calls that may wait for a worker; further ones are refused.
    public var waitingMax = 1024
    /// The largest file in bytes. A video may be larger.
    public var fileBytesMax: UInt64 = 512 << 20
    /// The limits of one picture.
    public var picture = PictureLimits()
    /// What the process of a picture must be sandboxed by.
    public var sandbox = SandboxPolicy.available

    public init() {}

    /// Throws the first invalid value.
    public func validate() throws(InvalidPictureLimit) {
        guard (1...256).contains(workers) else {
            throw InvalidPictureLimit(name: "workers", value: UInt64(clamping: workers), range: 1...256)
        }
        guard (0...1_000_000).contains(waitingMax) else {
            throw InvalidPictureLimit(name: "waiting calls", value: UInt64(clamping: waitingMax), range: 0...1_000_000)
        }
        guard (1...1 << 40).contains(fileBytesMax) else {
            throw InvalidPictureLimit(name: "file bytes", value: fileBytesMax, range: 1...1 << 40)
        }
        try picture.validate()
    }
}
