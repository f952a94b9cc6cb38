import Testing
import UploadClient

@testable import WharfCommand

@Suite struct OutageTests {
    private var outage = Outage()
    private let reason = "The server at http://h could not be reached: connection refused."

    private mutating func failed(_ attempt: Int, wait: Int64 = 500, at now: Int64) -> String? {
        outage.failed(
            UploadClient.RetryNotice(reason: reason, waitMilliseconds: wait, attempt: attempt), atMilliseconds: now)
    }

    @Test mutating func `an outage has one line at its beginning and one at its end`() {
        var lines: [String?] = []
        for attempt in 1...14 { lines.append(failed(attempt, at: Int64(attempt) * 1000)) }
        lines.append(outage.callEnded(isAnswered: true, atMilliseconds: 35_000))
        #expect(
            lines.compactMap { $0 } == [
                "\(reason) Trying again.", "The server answers again after 0:34 (14 failed attempts).",
            ])
    }

    @Test mutating func `a single failed attempt is not reported`() {
        #expect(failed(1, at: 0) == nil && outage.line(atMilliseconds: 10) == nil)
        #expect(outage.callEnded(isAnswered: true, atMilliseconds: 20) == nil)
    }

    @Test mutating func `several calls are one outage, which ends with the last of them`() {
        #expect(failed(1, at: 0) == nil && failed(1, at: 0) == nil)
        #expect(failed(2, at: 1000) != nil && failed(2, at: 1000) == nil)
        #expect(outage.callEnded(isAnswered: true, atMilliseconds: 2000) == nil)
        #expect(failed(3, at: 3000) == nil)
        #expect(outage.callEnded(isAnswered: true, atMilliseconds: 4000)?.contains("0:04 (5 failed") == true)
        #expect(failed(1, at: 9000) == nil && failed(2, at: 9100) != nil)
    }

    @Test mutating func `the line on a terminal counts`() {
        _ = failed(1, at: 0)
        _ = failed(2, wait: 4000, at: 61_000)
        #expect(outage.line(atMilliseconds: 62_000) == "No answer for 1:02 (2×), next in 3 s. \(reason)")
        #expect(outage.line(atMilliseconds: 65_000) == "No answer for 1:05 (2×), trying again. \(reason)")
        _ = outage.callEnded(isAnswered: true, atMilliseconds: 65_100)
        #expect(outage.line(atMilliseconds: 65_200) == nil)
    }

    @Test mutating func `a call that gave up promises no answer`() {
        _ = failed(1, at: 0)
        _ = failed(2, at: 0)
        #expect(outage.callEnded(isAnswered: false, atMilliseconds: 0) == nil)
    }
}
