import SessionCore
import Testing
import UploadTestKit

struct ManualClockTests {
    @Test func `the clock moves only when it is told to, in either direction`() {
        let clock = ManualClock(Timestamp(milliseconds: 100))
        #expect(clock.now() == Timestamp(milliseconds: 100))
        clock.advance(milliseconds: 50)
        #expect(clock.now() == Timestamp(milliseconds: 150))
        clock.advance(milliseconds: -70)
        #expect(clock.now() == Timestamp(milliseconds: 80))
        clock.set(Timestamp(milliseconds: 7))
        #expect(clock.now() == Timestamp(milliseconds: 7))
    }
}
