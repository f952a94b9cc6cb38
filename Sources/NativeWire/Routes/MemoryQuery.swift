public import UploadModel

/// The requested page of memories: `?order=&cursor=&limit=&include=inline`, all optional. A cursor is the id of the
/// last entry of the previous page in the same order.
public struct MemoryQuery: Hashable, Sendable {
    /// The value from the client.
    public enum Order: String, Hashable, Sendable, CaseIterable {
        case oldest
        case newest

        public var order: MemoryOrder {
            switch self {
            case .oldest: .oldestFirst
            case .newest: .newestFirst
            }
        }
    }

    public var order: Order
    public var cursor: MemoryId?
    /// The engine caps it at `Limits.pageMax`.
    public var limit: Int
    /// Whether to include the bytes of inline assets.
    public var includesInline: Bool

    /// - Parameter parameter: Returns the decoded value of a query parameter; nil if absent.
    /// - Throws: `invalid_argument`.
    public init(_ parameter: (_ name: String) -> String?) throws(UploadError) {
        order = try Self.order(parameter("order"))
        cursor = try PageQuery.cursor(parameter("cursor")).map { MemoryId($0) }
        limit = try PageQuery.limit(parameter("limit"))
        includesInline = try Self.includesInline(parameter("include"))
    }

    /// The value of `include`, for requests for one memory.
    ///
    /// - Throws: `invalid_argument`.
    public static func includesInline(_ text: String?) throws(UploadError) -> Bool {
        switch text {
        case nil: false
        case "inline": true
        default: throw UploadError(.invalidArgument("include", "must be “inline”"))
        }
    }

    private static func order(_ text: String?) throws(UploadError) -> Order {
        guard let text else { return .oldest }
        guard let order = Order(rawValue: text) else {
            throw UploadError(.invalidArgument("order", "must be “oldest” or “newest”"))
        }
        return order
    }
}
