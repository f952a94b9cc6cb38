public import SessionCore

/// Works through a store's derivations: begins those that are due, as many at once as the policy says, and records what
/// becomes of each. One runner a store.
public struct DerivationRunner<Store: Catalogue, Blobs: BlobStore, Time: WallClock>: Sendable {
    /// Something an operator may want to know.
    public enum Event: Sendable {
        /// A memory was made. With a derivationError it has its original alone.
        case made(Memory, from: SessionId)
        /// An attempt came to nothing and another follows.
        case postponed(SessionId, reason: String)
        /// The store failed; what was to be done is done later.
        case failed(UploadError)
    }

    let uploads: UploadService<Store, Blobs, Time>
    let deriver: any PhotoDeriver
    let files: (any OpenFileProvider)?
    let policy: DerivationPolicy
    let report: @Sendable (Event) -> Void

    /// - Parameters:
    ///   - files: Lets photos that lie in one file be read without a copy.
    ///   - report: Is told of every event; must return at once.
    public init(
        uploads: UploadService<Store, Blobs, Time>, deriver: any PhotoDeriver, files: (any OpenFileProvider)?,
        policy: DerivationPolicy = DerivationPolicy(), report: @escaping @Sendable (Event) -> Void = { _ in }
    ) {
        self.uploads = uploads
        self.deriver = deriver
        self.files = files
        self.policy = policy
        self.report = report
    }

    private enum Signal: Sendable {
        case added
        case ended(SessionId)
        case alarm(Timestamp)
    }

    /// Runs until its task is cancelled. Attempts under way are cancelled with it and do not count.
    ///
    /// - Parameter pause: Waits for so many milliseconds; throws when its task is cancelled.
    public func run(pause: @escaping @Sendable (_ milliseconds: Int64) async throws -> Void) async {
        let (signals, sender) = AsyncStream.makeStream(of: Signal.self)
        uploads.sessions.derivationSignal.listen { sender.yield(.added) }
        defer { uploads.sessions.derivationSignal.listen(nil) }
        sender.yield(.added)
        await withDiscardingTaskGroup { group in
            var schedule = DerivationSchedule(policy)
            for await signal in signals {
                switch signal {
                case .added: break
                case .ended(let id): schedule.ended(id)
                case .alarm(let time): schedule.alarmRang(at: time)
                }
                let (begin, alarm) = await decide(&schedule)
                for id in begin {
                    group.addTask {
                        await attempt(id)
                        sender.yield(.ended(id))
                    }
                }
                guard let alarm else { continue }
                let milliseconds = max(0, alarm.milliseconds - uploads.now().milliseconds)
                group.addTask {
                    guard (try? await pause(milliseconds)) != nil else { return }
                    sender.yield(.alarm(alarm))
                }
            }
        }
    }

    private func decide(_ schedule: inout DerivationSchedule) async -> (begin: [SessionId], alarm: Timestamp?) {
        do throws(UploadError) {
            let pending = try await uploads.catalogue.pendingDerivations(limit: schedule.limit)
            return schedule.decide(pending, at: uploads.now())
        } catch {
            report(.failed(error))
            return ([], schedule.retry(at: uploads.now()))
        }
    }
}
