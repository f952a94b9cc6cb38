public import HTTPTypes
public import SessionCore
import UploadModel

/// The outcome of a conditional request (RFC 9110, section 13).
public enum Preconditions: Hashable, Sendable {
    /// - Parameter rangeCounts: Whether `Range` applies; false if `If-Range` does not hold, and for all methods but
    ///   `GET`, the only one for which it is defined (section 14.2).
    case proceed(rangeCounts: Bool)
    /// 304.
    case notModified
    /// 412.
    case preconditionFailed

    /// Evaluates the fields in the order of section 13.2.2, for a representation that exists.
    ///
    /// Malformed dates and a malformed `If-None-Match` are ignored. A malformed `If-Match` fails, since its purpose is
    /// to prevent the request.
    ///
    /// - Parameters:
    ///   - lastModified: Compared in whole seconds. A strong validator, since content never changes.
    ///   - now: Resolves two-digit years.
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
