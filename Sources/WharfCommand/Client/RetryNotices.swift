import Synchronization
import UploadClient

/// Tells people why nothing moves: what failed for now, and when it is tried again.
struct RetryNotices: Sendable {
    let output: Output
    private let stream: AsyncStream<UploadClient.RetryNotice>
    private let continuation: AsyncStream<UploadClient.RetryNotice>.Continuation

    init(output: Output) {
        self.output = output
        // Of many that fail at once one is enough.
        (stream, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func add(_ notice: UploadClient.RetryNotice) {
        // The first failure is as often as not the last.
        if notice.attempt > 1 { continuation.yield(notice) }
    }

    /// Runs `body` and tells what is added meanwhile.
    func telling(_ body: @escaping @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { continuation.finish() }
                try await body()
            }
            group.addTask {
                for await notice in stream {
                    let wait = notice.waitMilliseconds < 1000 ? "at once" : "in \(notice.waitMilliseconds / 1000) s"
                    let clear = output.isTerminal ? "\r\u{1B}[K" : ""
                    await output.note("\(clear)\(notice.reason) Trying again \(wait).")
                }
            }
            try await group.waitForAll()
        }
    }
}
