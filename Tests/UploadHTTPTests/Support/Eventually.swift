import NIOCore
import NIOPosix
import Testing

/// Waits until a condition holds, and fails at the caller's line if it does not within the limit, which
/// a busy machine does not reach.
func eventually(
    _ what: Comment, within limit: Duration = .seconds(600), sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else {
            Issue.record(what, sourceLocation: sourceLocation)
            return
        }
        // Lets others have the processor; the condition is what ends the waiting.
        try await elapse(milliseconds: 2)
    }
}

/// Lets time pass that a test is about: what a slow client takes, or a slow server.
func elapse(milliseconds: Int64) async throws {
    let loop = MultiThreadedEventLoopGroup.singleton.any()
    try await loop.scheduleTask(in: .milliseconds(milliseconds)) {}.futureResult.get()
}
