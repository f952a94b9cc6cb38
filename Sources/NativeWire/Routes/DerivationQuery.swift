public import SessionCore
public import UploadCore

/// Which derivations are asked for: `?state=&cursor=&limit=`, each of them optional. A cursor is the upload's id of the
/// last entry of the page before.
public struct DerivationQuery: Hashable, Sendable {
    public var state: Derivation.State?
    public var cursor: SessionId?
    /// The engine caps it at `Limits.pageMax`.
    public var limit: Int

    /// - Parameter parameter: The value of a query parameter, decoded; nil where it is missing.
    /// - Throws: `invalid_argument`.
    public init(_ parameter: (_ name: String) -> String?) throws(UploadError) {
        state = try Self.state(parameter("state"))
        cursor = try PageQuery.cursor(parameter("cursor"))
        limit = try PageQuery.limit(parameter("limit"))
    }

    /// The ones that a list has: what waits for its upload is no derivation yet.
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
