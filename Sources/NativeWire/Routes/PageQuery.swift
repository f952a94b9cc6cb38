public import SessionCore
public import UploadModel

/// The requested page of a list: `?state=&cursor=&limit=`, all optional. A cursor is the id of the last entry of the
/// previous page.
public struct PageQuery: Hashable, Sendable {
    public var state: UploadFilter.State?
    public var cursor: SessionId?
    /// The engine caps it at `Limits.pageMax`.
    public var limit: Int

    /// The default number of entries in a page.
    public static let limitDefault = 100

    /// - Parameter parameter: Returns the decoded value of a query parameter; nil if absent.
    /// - Throws: `invalid_argument`.
    public init(_ parameter: (_ name: String) -> String?) throws(UploadError) {
        state = try Self.state(parameter("state"))
        limit = try Self.limit(parameter("limit"))
        cursor = try Self.cursor(parameter("cursor"))
    }

    static func cursor(_ text: String?) throws(UploadError) -> SessionId? {
        guard let text else { return nil }
        guard let id = SessionId(text: text) else {
            throw UploadError(.invalidArgument("cursor", "must be the “next” of an earlier page"))
        }
        return id
    }

    private static func state(_ text: String?) throws(UploadError) -> UploadFilter.State? {
        switch text {
        case nil: nil
        case "pending": .pending
        case "committed": .committed
        case "aborted": .aborted
        case "expired": .expired
        default: throw UploadError(.invalidArgument("state", "must be pending, committed, aborted or expired"))
        }
    }

    static func limit(_ text: String?) throws(UploadError) -> Int {
        guard let text else { return limitDefault }
        guard let limit = UInt64(exactDigits: text.utf8), limit > 0 else {
            throw UploadError(.invalidArgument("limit", "must be a positive number"))
        }
        return Int(clamping: limit)
    }
}
