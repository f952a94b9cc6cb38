import Testing
import UploadClient

@Suite struct RateLimitTests {
    @Test func `the bytes of one second pass at once, the others at the rate`() {
        var limit = RateLimit(bytesPerSecondMax: 1000)
        #expect((0..<4).map { _ in limit.admit(bytes: 500, atMilliseconds: 0) } == [0, 0, 500, 1000])
        #expect(limit.admit(bytes: 500, atMilliseconds: 1500) == 0)
        #expect(limit.admit(bytes: 500, atMilliseconds: 1500) == 500)
    }

    @Test func `a pause saves no more than a second`() {
        var limit = RateLimit(bytesPerSecondMax: 1000)
        _ = limit.admit(bytes: 1000, atMilliseconds: 0)
        #expect(limit.admit(bytes: 1000, atMilliseconds: 3_600_000) == 0)
        #expect(limit.admit(bytes: 100, atMilliseconds: 3_600_000) == 100)
    }

    @Test func `a rate below one byte a second is one byte a second`() {
        #expect(RateLimit(bytesPerSecondMax: 0).bytesPerSecondMax == 1)
    }
}
