public import HTTPTypes
public import SessionCore

/// `Retry-After` (RFC 9110, section 10.2.3), as clients read it.
public enum RetryAfter {
    /// The longest accepted delay: a day.
    public static let millisecondsMax: Int64 = 24 * 60 * 60 * 1000

    /// The delay from now in milliseconds; nil if the field is missing or malformed. 0 for a date in the past.
    public static func milliseconds(_ fields: HTTPFields, now: Timestamp) -> Int64? {
        guard let value = fields[.retryAfter] else { return nil }
        if let seconds = UInt64(saturatingDigits: Substring(value).utf8.trimmingBlanks()) {
            return Int64(min(seconds, UInt64(millisecondsMax / 1000))) * 1000
        }
        guard let date = Timestamp(httpDate: value, now: now) else { return nil }
        let (span, overflow) = date.milliseconds.subtractingReportingOverflow(now.milliseconds)
        return overflow ? 0 : min(max(0, span), millisecondsMax)
    }
}
