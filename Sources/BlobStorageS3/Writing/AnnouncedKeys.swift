import DeliberateFaults
import SessionCore
import Synchronization
import UploadCore

/// Random keys that the catalogue knows before an object is written under them. They are announced in batches, which
/// saves most segments a transaction, and each is handed out once.
///
/// Announcements become garbage after the catalogue's time: keys that were not handed out soon are dropped.
final class AnnouncedKeys: Sendable {
    static let batch = 16
    static let usableMilliseconds: Int64 = 10 * 60_000

    private struct State {
        var keys: [ObjectKey] = []
        /// When the keys were announced, on the monotonic clock.
        var announcedAt: Int64 = 0
        var announcement: Task<Result<Void, UploadError>, Never>?
    }

    private let catalogue: any SegmentCatalogue
    private let clock: any WallClock
    private let executor: (any TaskExecutor)?
    private let makeKey: @Sendable () -> ObjectKey
    private let state = Mutex(State())

    /// - Parameter executor: Where keys are announced; nil for the default.
    init(
        _ catalogue: any SegmentCatalogue, clock: any WallClock, executor: (any TaskExecutor)? = nil,
        makeKey: @escaping @Sendable () -> ObjectKey
    ) {
        self.catalogue = catalogue
        self.clock = clock
        self.executor = executor
        self.makeKey = makeKey
    }

    /// - Throws: The errors of `announce`.
    func take() async throws(UploadError) -> ObjectKey {
        while true {
            let next: (key: ObjectKey?, announcement: Task<Result<Void, UploadError>, Never>?) = state.withLock {
                state in
                if clock.uptimeMilliseconds() - state.announcedAt >= Self.usableMilliseconds { state.keys = [] }
                if let key = state.keys.popLast() { return (key, nil) }
                let announcement = state.announcement ?? Task(executorPreference: executor) { await self.announce() }
                state.announcement = announcement
                return (nil, announcement)
            }
            if let key = next.key { return key }
            try await next.announcement?.value.get()
        }
    }

    /// One at a time; a task of its own, which no cancelled caller ends for the others.
    private func announce() async -> Result<Void, UploadError> {
        let keys = (0..<Self.batch).map { _ in makeKey() }
        let began = clock.uptimeMilliseconds()
        let result: Result<Void, UploadError>
        do throws(UploadError) {
            try await catalogue.announce(keys)
            result = .success(())
        } catch {
            result = DeliberateFault.writeUnannounced.isOn ? .success(()) : .failure(error)
        }
        state.withLock { state in
            if case .success = result { (state.keys, state.announcedAt) = (keys, began) }
            state.announcement = nil
        }
        return result
    }
}
