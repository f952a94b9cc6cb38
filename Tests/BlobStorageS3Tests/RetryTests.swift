import Testing

@testable import BlobStorageS3

struct RetryTests {
    private func wait(
        _ kind: S3Failure.Kind, attempt: Int, elapsed: Int64 = 0, fraction: Double = 1
    ) -> Int64? {
        RetrySchedule(attemptsMax: 9, elapsedMillisecondsMax: 60_000).wait(
            after: S3Failure(kind: kind, detail: ""), attempt: attempt, elapsedMilliseconds: elapsed, fraction: fraction
        )
    }

    @Test func `delays double up to a limit, with full jitter`() {
        #expect((1...8).map { wait(.broken, attempt: $0) } == [100, 200, 400, 800, 1600, 3200, 6400, 10_000])
        #expect((1...5).map { wait(.busy, attempt: $0) } == [1000, 2000, 4000, 8000, 10_000])
        #expect(wait(.busy, attempt: 3, fraction: 0.25) == 1000)
        #expect(wait(.broken, attempt: 3, fraction: 0) == 0)
    }

    @Test func `attempts and their time are limited`() {
        #expect(wait(.broken, attempt: 9) == nil)
        #expect(wait(.broken, attempt: 1, elapsed: 59_900) == 100)
        #expect(wait(.broken, attempt: 1, elapsed: 59_901) == nil)
    }

    @Test(arguments: [
        S3Failure.Kind.missing, .outOfRange, .refused, .unauthenticated, .untrusted, .skewed, .full, .unsupported,
        .cancelled,
    ])
    func `what repetition does not help is not repeated`(_ kind: S3Failure.Kind) {
        #expect(wait(kind, attempt: 1) == nil)
    }
}
