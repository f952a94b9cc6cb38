import Testing

@testable import UploadHTTP

/// Times are milliseconds here; at least 1000 bytes a second over 200 ms, which are 200 bytes.
@Suite struct OutputRateStateTests {
    private func rate() -> OutputRateState {
        var limits = HTTPLimits()
        limits.responseBytesPerSecondMin = 1000
        limits.responseRateWindowMilliseconds = 200
        return OutputRateState(limits: limits)
    }

    private func sample(
        _ rate: inout OutputRateState, _ milliseconds: Int64, _ bytes: UInt64, isWaiting: Bool = true
    ) -> Bool {
        rate.isTooSlow(.init(acknowledgedBytes: bytes, isWaiting: isWaiting), at: milliseconds * 1_000_000)
    }

    @Test(arguments: [(199, true), (200, false)] as [(UInt64, Bool)])
    func `a client below the rate over a window is too slow, and one at the rate is not`(bytes: UInt64, isTooSlow: Bool)
    {
        var rate = rate()
        #expect(sample(&rate, 0, 5000) == false)
        #expect(sample(&rate, 199, 5000) == false)
        #expect(sample(&rate, 200, 5000 + bytes) == isTooSlow)
    }

    @Test func `every window counts for itself`() {
        var rate = rate()
        #expect(sample(&rate, 0, 0) == false)
        #expect(sample(&rate, 200, 1_000_000) == false)
        #expect(sample(&rate, 300, 1_000_050) == false)
        #expect(sample(&rate, 400, 1_000_100) == true)
    }

    @Test func `time in which nothing waits for the client does not count`() {
        var rate = rate()
        for time in stride(from: Int64(0), to: 10_000, by: 100) {
            #expect(sample(&rate, time, 0, isWaiting: false) == false)
        }
        #expect(sample(&rate, 10_000, 0) == false)
        #expect(sample(&rate, 10_199, 0) == false)
        #expect(sample(&rate, 10_200, 0) == true)
    }

    @Test func `an empty send queue restarts the measurement`() {
        var rate = rate()
        #expect(sample(&rate, 0, 0) == false)
        #expect(sample(&rate, 150, 10) == false)
        #expect(sample(&rate, 160, 20, isWaiting: false) == false)
        #expect(sample(&rate, 170, 20) == false)
        #expect(sample(&rate, 369, 20) == false)
        #expect(sample(&rate, 370, 20) == true)
    }

    @Test func `a rate of 0 is no limit`() {
        var limits = HTTPLimits()
        limits.responseBytesPerSecondMin = 0
        limits.responseRateWindowMilliseconds = 200
        var rate = OutputRateState(limits: limits)
        for time in stride(from: Int64(0), to: 10_000, by: 100) { #expect(sample(&rate, time, 0) == false) }
    }
}
