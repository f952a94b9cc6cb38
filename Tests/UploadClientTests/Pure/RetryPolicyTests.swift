import Testing
import UploadClient

@Suite struct RetryPolicyTests {
    private let policy = RetryPolicy()

    private func wait(
        _ failure: RetryPolicy.Failure, attempt: Int = 1, elapsed: Int64 = 0, fraction: Double = 0.5
    ) -> Int64? {
        let decision = policy.decision(
            after: failure, attempt: attempt, elapsedMilliseconds: elapsed, fraction: fraction)
        guard case .retry(let wait) = decision else { return nil }
        return wait
    }

    @Test func `only broken connections, 408, 429 and 5xx are retried`() {
        #expect(wait(.network) != nil)
        for status in [408, 429, 500, 502, 503, 507, 599] {
            #expect(wait(.status(status, retryAfterMilliseconds: nil)) != nil, "\(status)")
        }
        for status in [301, 400, 401, 403, 404, 409, 410, 413, 416, 422, 499, 600] {
            #expect(wait(.status(status, retryAfterMilliseconds: nil)) == nil, "\(status)")
        }
    }

    @Test func `damaged bytes are not asked for again`() {
        #expect(wait(.status(500, code: "store_corrupt", retryAfterMilliseconds: nil)) == nil)
        #expect(wait(.status(500, code: "internal", retryAfterMilliseconds: nil)) != nil)
    }

    @Test func `waits double up to a ceiling`() {
        let waits = (1...11).map { wait(.network, attempt: $0, fraction: 0.999_999_999) }
        #expect(waits == [249, 499, 999, 1999, 3999, 7999, 15_999, 29_999, 29_999, 29_999, 29_999])
    }

    @Test func `jitter includes a delay of zero`() {
        #expect(wait(.network, attempt: 9, fraction: 0) == 0)
        #expect(wait(.network, attempt: 9, fraction: 0.25) == 7500)
    }

    @Test func `Retry-After is never undercut`() {
        #expect(wait(.status(429, retryAfterMilliseconds: 60_000), fraction: 0) == 60_000)
        #expect(wait(.status(503, retryAfterMilliseconds: 0), attempt: 8, fraction: 0) == 0)
        #expect(wait(.status(503, retryAfterMilliseconds: 1000), fraction: 0.5) == 1125)
        #expect(wait(.status(503, retryAfterMilliseconds: 1000), attempt: 11, fraction: 0.5) == 16_000)
    }

    @Test func `too long a Retry-After is left to the caller`() {
        #expect(wait(.status(503, retryAfterMilliseconds: 300_001)) == nil)
        #expect(wait(.status(503, retryAfterMilliseconds: .max)) == nil)
    }

    @Test func `attempts and time end`() {
        #expect(wait(.network, attempt: 11) != nil)
        #expect(wait(.network, attempt: 12) == nil)
        #expect(wait(.network, elapsed: 15 * 60_000 - 125) != nil)
        #expect(wait(.network, elapsed: 15 * 60_000 - 124) == nil)
        #expect(wait(.network, elapsed: .max) == nil)
        let once = RetryPolicy.never.decision(after: .network, attempt: 1, elapsedMilliseconds: 0, fraction: 0)
        #expect(once == .giveUp)
    }

    @Test func `a server that never answered is given up at once, or after a few broken connections`() {
        var policy = RetryPolicy()
        policy.failsFastAtFirst = true
        func isRetried(_ failure: RetryPolicy.Failure, attempt: Int, hasAnswered: Bool) -> Bool {
            policy.decision(
                after: failure, attempt: attempt, elapsedMilliseconds: 0, fraction: 0, hasAnswered: hasAnswered)
                != .giveUp
        }
        #expect(!isRetried(.unconnected, attempt: 1, hasAnswered: false))
        #expect(isRetried(.network, attempt: RetryPolicy.firstAttemptsMax - 1, hasAnswered: false))
        #expect(!isRetried(.network, attempt: RetryPolicy.firstAttemptsMax, hasAnswered: false))
        #expect(isRetried(.unconnected, attempt: 11, hasAnswered: true))
        #expect(isRetried(.network, attempt: 11, hasAnswered: true))
        policy.failsFastAtFirst = false
        #expect(isRetried(.unconnected, attempt: 11, hasAnswered: false))
    }

    @Test func `a certificate that is not valid is never asked for again`() {
        #expect(wait(.insecure) == nil && wait(.unconnected) != nil)
    }
}
