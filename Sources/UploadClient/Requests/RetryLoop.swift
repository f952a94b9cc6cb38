import SessionCore
import Synchronization

/// The attempts of one call, and the delays between them.
struct RetryLoop: Sendable {
    private let client: UploadClient
    private var started: Timestamp
    private var attempt = 0
    private var isRetried = false
    /// Whether the server has answered the last attempt, if with a refusal.
    private var isAnswered = false

    init(_ client: UploadClient) {
        self.client = client
        started = client.timer.now()
    }

    /// Waits for the time of the next attempt.
    ///
    /// - Throws: `error` if the policy gives up; `CancellationError`.
    mutating func pause(after failure: RetryPolicy.Failure, _ error: ClientError) async throws {
        attempt += 1
        isAnswered = !failure.isTemporary
        let hasAnswered = client.hasAnswered.load(ordering: .relaxed)
        let elapsed = max(0, client.timer.now().milliseconds - started.milliseconds)
        let decision = client.retries.decision(
            after: failure, attempt: attempt, elapsedMilliseconds: elapsed, fraction: client.timer.fraction(),
            hasAnswered: hasAnswered)
        guard case .retry(let wait) = decision else { throw error }
        // The few attempts at a server that never answered are not worth a notice before the failure.
        if !client.retries.failsFastAtFirst || hasAnswered {
            isRetried = true
            client.onRetry(
                UploadClient.RetryNotice(reason: error.message, waitMilliseconds: wait, attempt: attempt))
        }
        try await client.timer.wait(wait)
    }

    /// The last attempt had a response.
    mutating func answered() { isAnswered = true }

    /// The call has made progress: later failures are counted from now on.
    mutating func progressed() {
        isAnswered = true
        end()
        (started, attempt, isRetried) = (client.timer.now(), 0, false)
    }

    /// Tells of the end of a call that was retried.
    func end() {
        if isRetried { client.onRetryEnd(isAnswered) }
    }
}

extension RetryPolicy.Failure {
    init(_ broken: TransportError) {
        self =
            switch broken.kind {
            case .broken: .network
            case .unconnected: .unconnected
            case .insecure: .insecure
            }
    }
}
