import SessionCore
import UploadClient

/// A time in which the server does not answer, as one line that counts. Pure: the time is an argument.
///
/// It lasts from the first failed attempt of a call until no call waits for another attempt. A single failed attempt is
/// not reported, since the next one rarely fails too.
struct Outage: Hashable, Sendable {
    private var retriedCalls = 0
    private var sinceMilliseconds: Int64 = 0
    private var attempts = 0
    private var reason = ""
    private var retryAtMilliseconds: Int64 = 0
    private var isReported = false

    /// An attempt failed, and its call waits for the next one.
    ///
    /// - Returns: The line for the beginning of the outage, once.
    mutating func failed(_ notice: UploadClient.RetryNotice, atMilliseconds now: Int64) -> String? {
        if retriedCalls == 0 { self = Outage(sinceMilliseconds: now) }
        if notice.attempt == 1 { retriedCalls += 1 }
        attempts += 1
        reason = notice.reason
        retryAtMilliseconds = now + notice.waitMilliseconds
        guard notice.attempt > 1, !isReported else { return nil }
        isReported = true
        return "\(reason) Trying again."
    }

    /// A call that was retried ended.
    ///
    /// - Returns: The line for the end of the outage, if its beginning was reported.
    mutating func callEnded(isAnswered: Bool, atMilliseconds now: Int64) -> String? {
        retriedCalls = max(0, retriedCalls - 1)
        guard retriedCalls == 0 else { return nil }
        defer { self = Outage() }
        guard isReported, isAnswered else { return nil }
        return "The server answers again after \(duration(now)) (\(attempts) failed attempts)."
    }

    /// The line on a terminal; nil if there is no outage to report.
    func line(atMilliseconds now: Int64) -> String? {
        guard isReported else { return nil }
        let wait = max(0, retryAtMilliseconds - now)
        let next = wait < 1000 ? "trying again" : "next in \(wait / 1000) s"
        // The beginning fits into 40 columns.
        return "No answer for \(duration(now)) (\(attempts)×), \(next). \(reason)"
    }

    private func duration(_ now: Int64) -> String {
        HumanReadable.time(seconds: UInt64(max(0, now - sinceMilliseconds) / 1000))
    }

    init() {}

    private init(sinceMilliseconds: Int64) {
        self.sinceMilliseconds = sinceMilliseconds
    }
}
