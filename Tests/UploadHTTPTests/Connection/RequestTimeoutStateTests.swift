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

    @Test func `the time for the first header counts from the start of the connection, even if bytes arrive`() {
        var timeouts = timeouts()
        for time: Int64 in [0, 30, 60, 90] {
            timeouts.beginReading(at: at(time))
            timeouts.endReading(at: at(time + 10))
        }
        #expect(timeouts.check(at: at(100)) == .patient)
        #expect(timeouts.check(at: at(101)) == .headerTooSlow)
    }

    @Test func `a connection may be idle after a response for the keep-alive time`() {
        var timeouts = timeouts()
        timeouts.readHead(at: at(10))
        timeouts.readEnd(at: at(10))
        timeouts.endResponse(at: at(1000))
        #expect(timeouts.phase == .head(isFirst: false))
        #expect(timeouts.check(at: at(1500)) == .patient)
        #expect(timeouts.check(at: at(1501)) == .idle)
    }

    @Test func `a connection whose response preceded the end of the body is idle from that end on`() {
        var timeouts = timeouts()
        timeouts.readHead(at: at(0))
        timeouts.beginReading(at: at(0))
        timeouts.endResponse(at: at(10))
        #expect(timeouts.phase == .body)
        timeouts.readBody(byteCount: 100, at: at(40))
        timeouts.readEnd(at: at(50))
        #expect(timeouts.phase == .head(isFirst: false))
        #expect(timeouts.check(at: at(550)) == .patient)
        #expect(timeouts.check(at: at(551)) == .idle)
    }

    @Test func `a body without new bytes stalls, counted from the last ones`() {
        var timeouts = timeouts()
        timeouts.readHead(at: at(10))
        timeouts.beginReading(at: at(10))
        timeouts.readBody(byteCount: 100, at: at(50))
        #expect(timeouts.check(at: at(100)) == .patient)
        #expect(timeouts.check(at: at(101)) == .bodyStalled)
    }

    @Test func `time without reading does not count against the client`() {
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

    @Test func `a second read does not restart the waiting time`() {
        var timeouts = timeouts()
        timeouts.readHead(at: at(0))
        timeouts.beginReading(at: at(0))
        timeouts.beginReading(at: at(40))
        #expect(timeouts.check(at: at(51)) == .bodyStalled)
    }

    @Test func `a body below the minimum rate is ended after a window, and one at the rate is not`() {
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

    @Test func `the client has unlimited time while the server works`() {
        var timeouts = timeouts()
        timeouts.readHead(at: at(0))
        timeouts.beginReading(at: at(0))
        timeouts.readEnd(at: at(0))
        #expect(timeouts.check(at: at(1_000_000)) == .patient)
    }

    @Test func `a client that has pipelined the next request is not idle`() {
        var timeouts = timeouts()
        timeouts.readHead(at: at(0))
        timeouts.readEnd(at: at(0))
        timeouts.readHead(at: at(1))
        timeouts.readEnd(at: at(1))
        #expect(timeouts.unanswered == 2)
        timeouts.endResponse(at: at(10))
        #expect(timeouts.phase == .responding)
        #expect(timeouts.check(at: at(10_000)) == .patient)
        timeouts.endResponse(at: at(10_000))
        #expect(timeouts.phase == .head(isFirst: false))
        #expect(timeouts.check(at: at(10_501)) == .idle)
    }
}
