public import SessionCore
public import UploadCore
import UploadMemories

/// Runs a store's pending derivations: starts those that are due, several at once, in turns among the callers, and
/// records the outcome of each. The same bytes of the same caller are derived once. One runner per store.
///
/// ```swift
/// let runner = DerivationRunner(uploads: store.uploads, deriver: try ImagingPool(executable: path), files: nil)
/// let running = Task { await runner.run(pause: { try await Task.sleep(for: .milliseconds($0)) }) }
/// ```
public struct DerivationRunner<Store: PhotoCatalogue, Blobs: BlobStore, Time: WallClock>: Sendable {
    /// An event for the operator's log and metrics.
    public enum Event: Sendable {
        /// A memory was created. If it has a `derivationError`, it consists of the original alone.
        case made(Memory, from: SessionId)
        /// An attempt failed and will be repeated.
        case postponed(SessionId, reason: String)
        /// A store operation failed and will be retried.
        case failed(UploadError)
    }

    let uploads: UploadService<Store, Blobs, Time>
    let deriver: any PhotoDeriver
    let files: (any OpenFileProvider)?
    let policy: DerivationPolicy
    let cache: DerivativesCache
    let report: @Sendable (Event) -> Void

    /// - Parameters:
    ///   - files: Opens the file of a photo stored as a single file, which then needs no copy.
    ///   - report: Receives every event; must return at once.
    public init(
        uploads: UploadService<Store, Blobs, Time>, deriver: any PhotoDeriver, files: (any OpenFileProvider)?,
        policy: DerivationPolicy = DerivationPolicy(), report: @escaping @Sendable (Event) -> Void = { _ in }
    ) {
        self.uploads = uploads
        self.deriver = deriver
        self.files = files
        self.policy = policy
        cache = DerivativesCache(bytesMax: policy.cacheBytesMax)
        self.report = report
    }

    /// Runs until its task is cancelled. Attempts in progress are cancelled with it and do not count.
    ///
    /// - Parameter pause: Waits for a number of milliseconds; throws when its task is cancelled.
    public func run(pause: @escaping @Sendable (_ milliseconds: Int64) async throws -> Void) async {
        let events = DerivationEvents()
        uploads.sessions.derivationSignal.listen { events.added() }
        defer { uploads.sessions.derivationSignal.listen(nil) }
        events.added()
        await withDiscardingTaskGroup { group in
            var schedule = DerivationSchedule(policy)
            for await _ in events.wakeUps {
                let batch = events.take()
                for id in batch.completed { schedule.completed(id) }
                for time in batch.alarms { schedule.alarmRang(at: time) }
                let (due, alarm) = await decide(&schedule)
                for id in due {
                    group.addTask {
                        await process(id)
                        events.completed(id)
                    }
                }
                guard let alarm else { continue }
                let milliseconds = max(0, alarm.milliseconds - uploads.now().milliseconds)
                group.addTask {
                    guard (try? await pause(milliseconds)) != nil else { return }
                    events.alarm(alarm)
                }
            }
        }
    }

    private func decide(_ schedule: inout DerivationSchedule) async -> (due: [SessionId], alarm: Timestamp?) {
        guard schedule.free > 0 else { return ([], nil) }
        do throws(UploadError) {
            let due = try await uploads.catalogue.dueDerivations(
                at: uploads.now(), after: schedule.lastCaller, excluding: schedule.running, limit: schedule.free)
            return schedule.start(due)
        } catch {
            report(.failed(error))
            return ([], schedule.retry(at: uploads.now()))
        }
    }
}
