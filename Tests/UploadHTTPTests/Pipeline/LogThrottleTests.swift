import Synchronization
import Testing
import UploadCore

@testable import UploadHTTP

@Suite struct LogThrottleTests {
    @Test func `the state of the store is logged once a minute, with the number of lines left out`() {
        let now = Mutex(ContinuousClock.now)
        let throttle = LogThrottle<UploadError.Code>(now: { now.withLock { $0 } })
        func advance(_ seconds: Int) { now.withLock { $0 = $0.advanced(by: .seconds(seconds)) } }
        #expect(throttle.admit(storeFailure: .storeFull) == 0)
        for _ in 0..<10_000 { #expect(throttle.admit(storeFailure: .storeFull) == nil) }
        #expect(throttle.admit(storeFailure: .unavailable) == 0)
        advance(59)
        #expect(throttle.admit(storeFailure: .storeFull) == nil)
        advance(1)
        #expect(throttle.admit(storeFailure: .storeFull) == 10_001)
        #expect(throttle.admit(storeFailure: .storeFull) == nil)
        advance(60)
        #expect(throttle.admit(storeFailure: .storeFull) == 1)
    }

    @Test func `damage is logged each time`() {
        let throttle = LogThrottle<UploadError.Code>()
        for _ in 0..<3 { #expect(throttle.admit(storeFailure: .storeCorrupt) == 0) }
    }
}
