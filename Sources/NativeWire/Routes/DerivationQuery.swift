public import SessionCore
public import UploadModel

/// The requested page of derivations: `?state=&cursor=&limit=`, all optional. A cursor is the upload of the last entry
/// of the previous page.
public struct DerivationQuery: Hashable, Sendable {
    public var state: Derivation.State?
    public var cursor: SessionId?
    /// The engine caps it at `Limits.pageMax`.
    public var limit: Int

    /// - Parameter parameter: Returns the decoded value of a query parameter; nil if absent.
    /// - Throws: `invalid_argument`.
    public init(_ parameter: (_ name: String) -> String?) throws(UploadError) {
        state = try Self.state(parameter("state"))
        cursor = try PageQuery.cursor(parameter("cursor"))
        limit = try PageQuery.limit(parameter("limit"))
    }

    /// The states in lists. A derivation that waits for its upload is not listed.
    static let states = ["pending", "done", "failed"]

    private static func state(_ text: String?) throws(UploadError) -> Derivation.State? {
        switch text {
        case nil: nil
        case "pending": .pending
        case "done": .done
        case "failed": .failed
        default: throw UploadError(.invalidArgument("state", "must be pending, done or failed"))
        }
    }
}
