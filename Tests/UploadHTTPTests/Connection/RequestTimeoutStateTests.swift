import Testing

@testable import UploadHTTP

/// Times are milliseconds here.
@Suite struct RequestTimeoutStateTests {
    private var limits: HTTPLimits {
        var limits = HTTPLimits()
        limits.headerTimeoutMilliseconds = 100
        limits.keepAliveTimeoutMilliseconds = 500
        limits.bodyIdleTimeoutMilliseconds = 50
        limits.bodyRateWindowMilliseconds = 200
        limits.bodyBytesPerSecondMin = 1000
        return limits
    }

    private func timeouts() -> RequestTimeoutState { RequestTimeoutState(limits: limits, now: 0) }

    private func at(_ milliseconds: Int64) -> Int64 { milliseconds * 1_000_000 }

    @Test func `the first header has its time from the connection’s beginning, however it drips`() {
        var timeouts = timeouts()
        for time: Int64 in [0, 30, 60, 90] {
            timeouts.beginReading(at: at(time))
            timeouts.endReading(at: at(time + 10))
        }
        #expect(timeouts.check(at: at(100)) == .patient)
        #expect(timeouts.check(at: at(101)) == .headerTooSlow)
    }

    @Test func `a connection that was answered may wait as long as one is kept`() {
        var timeouts = timeouts()
        timeouts.readHead(at: at(10))
        timeouts.readEnd()
        timeouts.endResponse(at: at(1000))
        #expect(timeouts.phase == .head(isFirst: false))
        #expect(timeouts.check(at: at(1500)) == .patient)
        #expect(timeouts.check(at: at(1501)) == .idle)
    }

    @Test func `a body of which nothing comes stalls, counted from when something came`() {
        var timeouts = timeouts()
        timeouts.readHead(at: at(10))
        timeouts.beginReading(at: at(10))
        timeouts.readBody(byteCount: 100, at: at(50))
        #expect(timeouts.check(at: at(100)) == .patient)
        #expect(timeouts.check(at: at(101)) == .bodyStalled)
    }

    @Test func `time in which nothing is read is not the client’s`() {
        var timeouts = timeouts()
        timeouts.readHead(at: at(0))
        timeouts.beginReading(at: at(0))
        timeouts.readBody(byteCount: 1, at: at(10))
        timeouts.endReading(at: at(10))
        for time in stride(from: Int64(10), to: 100_000, by: 1000) { #expect(timeouts.check(at: at(time)) == .patient) }
        timeouts.beginReading(at: at(100_000))
        #expect(timeouts.check(at: at(100_050)) == .patient)
        #expect(timeouts.check(at: at(100_051)) == .bodyStalled)
    }

    @Test func `reading on while it is being read does not begin the waiting anew`() {
        var timeouts = timeouts()
        timeouts.readHead(at: at(0))
        timeouts.beginReading(at: at(0))
        timeouts.beginReading(at: at(40))
        #expect(timeouts.check(at: at(51)) == .bodyStalled)
    }

    @Test func `a body below the rate is ended at the end of a window, one at the rate is not`() {
        for (bytes, verdict) in [(199, RequestTimeoutState.Verdict.bodyTooSlow), (200, .patient)] {
            var timeouts = timeouts()
            timeouts.readHead(at: at(0))
            timeouts.beginReading(at: at(0))
            for time in stride(from: Int64(40), through: 160, by: 40) {
                timeouts.readBody(byteCount: time == 40 ? bytes - 3 : 1, at: at(time))
                #expect(timeouts.check(at: at(time)) == .patient)
            }
            #expect(timeouts.check(at: at(200)) == verdict)
        }
    }

    @Test func `every window counts for itself`() {
        var timeouts = timeouts()
        timeouts.readHead(at: at(0))
        timeouts.beginReading(at: at(0))
        timeouts.readBody(byteCount: 1_000_000, at: at(190))
        #expect(timeouts.check(at: at(200)) == .patient)
        for time: Int64 in [230, 270, 310, 350, 390] { timeouts.readBody(byteCount: 1, at: at(time)) }
        #expect(timeouts.check(at: at(400)) == .bodyTooSlow)
    }

    @Test func `while the server is at work the client has all the time there is`() {
        var timeouts = timeouts()
        timeouts.readHead(at: at(0))
        timeouts.beginReading(at: at(0))
        timeouts.readEnd()
        #expect(timeouts.check(at: at(1_000_000)) == .patient)
    }

    @Test func `a client that sent the next request already is not idle`() {
        var timeouts = timeouts()
        timeouts.readHead(at: at(0))
        timeouts.readEnd()
        timeouts.readHead(at: at(1))
        timeouts.readEnd()
        #expect(timeouts.unanswered == 2)
        timeouts.endResponse(at: at(10))
        #expect(timeouts.phase == .responding)
        #expect(timeouts.check(at: at(10_000)) == .patient)
        timeouts.endResponse(at: at(10_000))
        #expect(timeouts.phase == .head(isFirst: false))
        #expect(timeouts.check(at: at(10_501)) == .idle)
    }
}
