import HTTPTypes
import HTTPWire
import SessionCore
import Testing

@Suite struct DateTests {
    private let now = Timestamp(milliseconds: 1_795_383_322_123)
    private let example = Timestamp(milliseconds: 784_111_777_000)

    @Test(arguments: [
        "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
        " Sun, 06 Nov 1994 08:49:37 GMT ",
    ]) func `the three formats of RFC 9110 are one time`(_ text: String) {
        #expect(Timestamp(httpDate: text, now: now) == example)
    }

    @Test func `the first format is used for sending`() {
        #expect(example.advanced(byMilliseconds: 999).httpDate == "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(Timestamp(milliseconds: 0).httpDate == "Thu, 01 Jan 1970 00:00:00 GMT")
        #expect(Timestamp(milliseconds: -1).httpDate == "Wed, 31 Dec 1969 23:59:59 GMT")
        #expect(Timestamp(milliseconds: 951_782_400_000).httpDate == "Tue, 29 Feb 2000 00:00:00 GMT")
    }

    @Test func `a year of two digits lies at most 50 years ahead`() {
        let near = Timestamp(httpDate: "Sunday, 06-Nov-76 08:49:37 GMT", now: now)
        #expect(near?.httpDate == "Fri, 06 Nov 2076 08:49:37 GMT")
        let far = Timestamp(httpDate: "Sunday, 06-Nov-77 08:49:37 GMT", now: now)
        #expect(far?.httpDate == "Sun, 06 Nov 1977 08:49:37 GMT")
    }

    @Test(arguments: [
        "", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 30 Feb 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:49:37 GMT", "sun, 06 nov 1994 08:49:37 gmt", "Sun, 06 Nov 1994 08:49:37 GMT+1",
        "Sun Nov 06 08:49:37 94", "Sunday, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z",
    ]) func `a malformed date is refused`(_ text: String) {
        #expect(Timestamp(httpDate: text, now: now) == nil)
    }

    @Test func `times of documents are read with any offset and written in UTC with milliseconds`() {
        let text = "2026-11-22T21:35:22.123Z"
        #expect(now.rfc3339 == text)
        for same in [text, "2026-11-22t22:35:22.1239+01:00", "2026-11-22 13:35:22.123-08:00"] {
            #expect(Timestamp(rfc3339: same) == now, "\(same)")
        }
        for none in ["", "2026-11-22", "2026-11-22T21:35:22", "2026-02-29T00:00:00Z", "0000-01-01T00:00:00+01:00"] {
            #expect(Timestamp(rfc3339: none) == nil, "\(none)")
        }
    }

    @Test func `a wait is seconds or a date, never negative and at most a day`() {
        func wait(_ value: String) -> Int64? { RetryAfter.milliseconds([.retryAfter: value], now: now) }
        #expect(wait("120") == 120_000)
        #expect(wait("0") == 0)
        #expect(wait("99999999999999999999999") == RetryAfter.millisecondsMax)
        #expect(wait("Sun, 22 Nov 2026 21:35:24 GMT") == 1877)
        #expect(wait(example.httpDate) == 0)
        #expect(wait("-1") == nil)
        #expect(wait("soon") == nil)
        #expect(RetryAfter.milliseconds([:], now: now) == nil)
    }
}
