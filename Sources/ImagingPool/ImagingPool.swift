import DurableFiles
public import ImagingWire
public import UploadCore

/// Derives pictures in worker processes (`wharf-imaging`), each picture in a process of its own that can do nothing but
/// compute. What such a process does costs one picture: it is killed and replaced, and what it answers is checked.
///
/// Workers are started when they are first needed. A call waits for a thread of the pool's own, never on the caller's.
public final class ImagingPool: PhotoDeriver {
    private let limits: ImagingLimits
    private let workers: [Worker]
    private let turns: Turnstile<Worker>
    private let threads: ThreadPool

    /// - Parameters:
    ///   - executable: The path of `wharf-imaging`. `WorkerExecutable.find` looks for it; `check()` says whether it works.
    ///   - arguments: What it is told on its command line. For tests and measurements; a server passes nothing.
    ///   - limits: Validated here.
    public init(
        executable: String, arguments: [String] = [], limits: ImagingLimits = ImagingLimits()
    ) throws(InvalidPictureLimit) {
        try limits.validate()
        self.limits = limits
        workers = (0..<limits.workers).map { _ in Worker(executable, arguments) }
        turns = Turnstile(places: workers, waitingMax: limits.waitingMax)
        threads = ThreadPool(name: "wharf-imaging", threads: limits.workers)
    }

    /// - Throws: `.file` if the picture cannot be derived or is larger than is allowed; `.worker` if its process died or
    ///   ran into a limit; `.unavailable` if nothing was tried: there is no working executable, the bytes could not be
    ///   read, too many wait, the task was cancelled, or the pool is closed.
    public func derive(_ photo: PhotoSource) async throws(DerivationFailure) -> PhotoDerivatives {
        try await deriveMeasured(photo).photo
    }

    /// As `derive`, with what the picture's process took.
    package func deriveMeasured(
        _ photo: PhotoSource
    ) async throws(DerivationFailure) -> (photo: PhotoDerivatives, end: JobEnd) {
        guard photo.size <= limits.fileBytesMax else {
            throw DerivationFailure(
                .file,
                "the file has \(mebibytes(photo.size)) MiB; at most \(mebibytes(limits.fileBytesMax)) are derived")
        }
        let (request, threads) = (PictureRequest(limits: limits.picture), threads)
        let outcome: Result<(DerivedPicture, JobEnd), DerivationFailure> = await withWorker { worker in
            do throws(DerivationFailure) {
                let file = try await PhotoFile.of(photo, on: threads)
                defer { file.close() }
                return try await threads.run { () throws(DerivationFailure) in
                    .success(try worker.derive(file.descriptor, request))
                }
            } catch {
                return .failure(error)
            }
        }
        let (picture, end) = try outcome.get()
        return (PhotoDerivatives(picture), end)
    }

    /// Starts a worker, if none runs, and hears from it.
    ///
    /// - Throws: With what keeps it from working, for the operator: paths are named.
    public func check() async throws(WorkerTrouble) {
        let threads = threads
        let outcome: Result<Result<Void, WorkerTrouble>, DerivationFailure> = await withWorker { worker in
            .success(
                await threads.run {
                    do throws(WorkerTrouble) {
                        return .success(try worker.start())
                    } catch {
                        return .failure(error)
                    }
                })
        }
        switch outcome {
        case .success(let checked): try checked.get()
        case .failure(let refusal): throw WorkerTrouble(refusal.reason)
        }
    }

    /// Ends every worker. Calls under way and those that wait fail as `.unavailable` or `.worker`, and so does every later
    /// one. Returns when no worker is left. Lawful to repeat.
    public func close() async {
        turns.close()
        for worker in workers { worker.interrupt() }
        await turns.allFree()
        await threads.run { [workers] in
            for worker in workers { worker.stop() }
        }
    }

    /// The processes that run now.
    package var processIds: [Int32] { workers.compactMap(\.processId) }

    // MARK: -

    /// Cancellation ends the wait for a worker, or the worker.
    private func withWorker<Value: Sendable>(
        _ body: @Sendable (Worker) async -> Result<Value, DerivationFailure>
    ) async -> Result<Value, DerivationFailure> {
        switch await turns.enter() {
        case .failure(let refusal): return .failure(DerivationFailure(.unavailable, refusal.reason))
        case .success(let worker):
            let outcome = await withTaskCancellationHandler {
                await body(worker)
            } onCancel: {
                worker.interrupt()
            }
            let wasInterrupted = worker.takeInterruption()
            turns.leave(worker)
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
            takenAt: picture.takenAt?.text)
    }
}

extension Rendition {
    fileprivate init(_ picture: EncodedPicture) {
        self.init(bytes: picture.bytes, contentType: "image/webp", width: picture.width, height: picture.height)
    }
}
