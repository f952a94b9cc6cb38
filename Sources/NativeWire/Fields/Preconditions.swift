public import HTTPTypes
public import SessionCore
import UploadCore

/// Whether a conditional request goes ahead (RFC 9110, section 13).
public enum Preconditions: Hashable, Sendable {
    /// - Parameter rangeCounts: Whether a `Range` field is to be looked at; false where it is there and `If-Range` does not
    ///   hold, and for every method but `GET`, for which alone it is defined (section 14.2).
    case proceed(rangeCounts: Bool)
    /// 304.
    case notModified
    /// 412.
    case preconditionFailed

    /// Evaluates the fields in the order of section 13.2.2, for a representation that exists.
    ///
    /// Dates that are malformed are ignored. A malformed `If-None-Match` is ignored too; a malformed `If-Match` does not hold,
    /// since going ahead is what its sender meant to prevent.
    ///
    /// - Parameters:
    ///   - lastModified: Compared in whole seconds. It counts as strong, since what is served never changes.
    ///   - now: To read years of two digits.
    public init(
        _ fields: HTTPFields, method: HTTPRequest.Method, tag: EntityTag, lastModified: Timestamp, now: Timestamp
    ) {
        let isRead = method == .get || method == .head
        let modifiedSecond = lastModified.milliseconds.flooredQuotient(1000)
        func second(_ name: HTTPField.Name) -> Int64? {
            fields[name].flatMap { Timestamp(httpDate: $0, now: now) }?.milliseconds.flooredQuotient(1000)
        }

        if let field = fields[.ifMatch] {
            guard EntityTagCondition(field)?.contains(where: tag.matchesStrongly) ?? false else {
                self = .preconditionFailed
                return
            }
        } else if let since = second(.ifUnmodifiedSince), modifiedSecond > since {
            self = .preconditionFailed
            return
        }

        if let field = fields[.ifNoneMatch] {
            if EntityTagCondition(field)?.contains(where: tag.matchesWeakly) ?? false {
                self = isRead ? .notModified : .preconditionFailed
                return
            }
        } else if isRead, let since = second(.ifModifiedSince), modifiedSecond <= since {
            self = .notModified
            return
        }

        self = .proceed(rangeCounts: method == .get && Self.rangeHolds(fields[.ifRange], tag, modifiedSecond, now))
    }

    /// Section 13.1.5: a tag must match strongly, a date exactly.
    private static func rangeHolds(
        _ field: String?, _ tag: EntityTag, _ modifiedSecond: Int64, _ now: Timestamp
    ) -> Bool {
        guard let field else { return true }
        if let other = EntityTag(parsing: field) { return tag.matchesStrongly(other) }
        guard let date = Timestamp(httpDate: field, now: now) else { return false }
        return date.milliseconds.flooredQuotient(1000) == modifiedSecond
    }
}
