import Testing

@testable import WharfCommand

@Suite struct SpeedMeterTests {
    @Test func `no rate is shown without enough samples`() {
        var meter = SpeedMeter()
        #expect(meter.bytesPerSecond == nil && meter.secondsLeft(bytes: 1) == nil)
        meter.add(bytes: 0, at: 0)
        meter.add(bytes: 1000, at: 400)
        #expect(meter.bytesPerSecond == nil)
        meter.add(bytes: 1000, at: 500)
        #expect(meter.bytesPerSecond == 2000)
    }

    @Test func `only the last seconds count`() {
        var meter = SpeedMeter()
        for second: Int64 in 0...60 {
            let slow = min(UInt64(second), 40) * 10
            let fast = second > 40 ? UInt64(second - 40) * 1000 : 0
            meter.add(bytes: slow + fast, at: second * 1000)
        }
        #expect(meter.bytesPerSecond == 1000)
        #expect(meter.secondsLeft(bytes: 2500) == 3)
        #expect(meter.secondsLeft(bytes: 0) == 0)
    }

    @Test func `a stalled or restarted transfer has no remaining time`() {
        var meter = SpeedMeter()
        meter.add(bytes: 5000, at: 0)
        meter.add(bytes: 4000, at: 1000)
        #expect(meter.bytesPerSecond == 0)
        #expect(meter.secondsLeft(bytes: 10) == nil)
    }
}
