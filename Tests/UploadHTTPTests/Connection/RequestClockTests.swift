import Testing

@testable import UploadHTTP

/// Times are milliseconds here.
@Suite struct RequestClockTests {
    private var limits: HTTPLimits {
        var limits = HTTPLimits()
        limits.headerTimeoutMilliseconds = 100
        limits.keepAliveTimeoutMilliseconds = 500
        limits.bodyIdleTimeoutMilliseconds = 50
        limits.bodyRateWindowMilliseconds = 200
        limits.bodyBytesPerSecondMin = 1000
        return limits
    }

    private func clock() -> RequestClock { RequestClock(limits: limits, now: 0) }

    private func at(_ milliseconds: Int64) -> Int64 { milliseconds * 1_000_000 }

    @Test func `the first header has its time from the connection’s beginning, however it drips`() {
        var clock = clock()
        for time: Int64 in [0, 30, 60, 90] {
            clock.beginReading(at: at(time))
            clock.endReading(at: at(time + 10))
        }
        #expect(clock.check(at: at(100)) == .patient)
        #expect(clock.check(at: at(101)) == .headerTooSlow)
    }

    @Test func `a connection that was answered may wait as long as one is kept`() {
        var clock = clock()
        clock.readHead(at: at(10))
        clock.readEnd()
        clock.endResponse(at: at(1000))
        #expect(clock.phase == .head(isFirst: false))
        #expect(clock.check(at: at(1500)) == .patient)
        #expect(clock.check(at: at(1501)) == .idle)
    }

    @Test func `a body of which nothing comes stalls, counted from when something came`() {
        var clock = clock()
        clock.readHead(at: at(10))
        clock.beginReading(at: at(10))
        clock.readBody(byteCount: 100, at: at(50))
        #expect(clock.check(at: at(100)) == .patient)
        #expect(clock.check(at: at(101)) == .bodyStalled)
    }

    @Test func `time in which nothing is read is not the client’s`() {
        var clock = clock()
        clock.readHead(at: at(0))
        clock.beginReading(at: at(0))
        clock.readBody(byteCount: 1, at: at(10))
        clock.endReading(at: at(10))
        for time in stride(from: Int64(10), to: 100_000, by: 1000) { #expect(clock.check(at: at(time)) == .patient) }
        clock.beginReading(at: at(100_000))
        #expect(clock.check(at: at(100_050)) == .patient)
        #expect(clock.check(at: at(100_051)) == .bodyStalled)
    }

    @Test func `reading on while it is being read does not begin the waiting anew`() {
        var clock = clock()
        clock.readHead(at: at(0))
        clock.beginReading(at: at(0))
        clock.beginReading(at: at(40))
        #expect(clock.check(at: at(51)) == .bodyStalled)
    }

    @Test func `a body below the rate is ended at the end of a window, one at the rate is not`() {
        for (bytes, verdict) in [(199, RequestClock.Verdict.bodyTooSlow), (200, .patient)] {
            var clock = clock()
            clock.readHead(at: at(0))
            clock.beginReading(at: at(0))
            for time in stride(from: Int64(40), through: 160, by: 40) {
                clock.readBody(byteCount: time == 40 ? bytes - 3 : 1, at: at(time))
                #expect(clock.check(at: at(time)) == .patient)
            }
            #expect(clock.check(at: at(200)) == verdict)
        }
    }

    @Test func `every window counts for itself`() {
        var clock = clock()
        clock.readHead(at: at(0))
        clock.beginReading(at: at(0))
        clock.readBody(byteCount: 1_000_000, at: at(190))
        #expect(clock.check(at: at(200)) == .patient)
        for time: Int64 in [230, 270, 310, 350, 390] { clock.readBody(byteCount: 1, at: at(time)) }
        #expect(clock.check(at: at(400)) == .bodyTooSlow)
    }

    @Test func `while the server is at work the client has all the time there is`() {
        var clock = clock()
        clock.readHead(at: at(0))
        clock.beginReading(at: at(0))
        clock.readEnd()
        #expect(clock.check(at: at(1_000_000)) == .patient)
    }

    @Test func `a client that sent the next request already is not idle`() {
        var clock = clock()
        clock.readHead(at: at(0))
        clock.readEnd()
        clock.readHead(at: at(1))
        clock.readEnd()
        #expect(clock.unanswered == 2)
        clock.endResponse(at: at(10))
        #expect(clock.phase == .responding)
        #expect(clock.check(at: at(10_000)) == .patient)
        clock.endResponse(at: at(10_000))
        #expect(clock.phase == .head(isFirst: false))
        #expect(clock.check(at: at(10_501)) == .idle)
    }
}
