import HTTPWire
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

    static let orders = ["newest", "oldest"]

    static func order(_ text: String?) throws(UploadError) -> CreationOrder? {
        switch text {
        case nil: nil
        case "newest": .newestFirst
        case "oldest": .oldestFirst
        default: throw UploadError(.invalidArgument("order", "must be “newest” or “oldest”"))
        }
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

/// The callers whose uploads a list has: `?of=all` for everybody's, which only the owner of the capsule may list.
public enum UploaderQuery {
    /// - Throws: `invalid_argument`.
    public static func isOfAll(_ text: String?) throws(UploadError) -> Bool {
        switch text {
        case nil: false
        case "all": true
        default: throw UploadError(.invalidArgument("of", "must be “all”"))
        }
    }
}

/// The requested page of blobs: `?name=&prefix=&memory=none&order=&cursor=&limit=`, all optional. A cursor is the `next`
/// of the previous page in the same order.
public enum BlobListQuery {
    /// - Parameters:
    ///   - capsule: Whose blobs are listed.
    ///   - parameter: Returns the decoded value of a query parameter; nil if absent.
    /// - Throws: `invalid_argument`.
    public static func filter(
        _ capsule: CapsuleId, _ parameter: (_ name: String) -> String?
    ) throws(UploadError) -> BlobFilter {
        let order = try PageQuery.order(parameter("order")) ?? .newestFirst
        let memory = parameter("memory")
        guard memory == nil || memory == "none" else { throw UploadError(.invalidArgument("memory", "must be “none”")) }
        return BlobFilter(
            capsule: capsule, order: order, nameContains: parameter("name"), namePrefix: parameter("prefix"),
            isInNoMemory: memory != nil)
    }
}

/// The requested page of principals: `?cursor=&limit=`, both optional. A cursor is the last name of the previous page.
public struct UsageQuery: Hashable, Sendable {
    public var cursor: Principal?
    /// The engine caps it at `Limits.pageMax`.
    public var limit: Int

    /// - Parameter parameter: Returns the decoded value of a query parameter; nil if absent.
    /// - Throws: `invalid_argument`.
    public init(_ parameter: (_ name: String) -> String?) throws(UploadError) {
        cursor = parameter("cursor").map { Principal($0) }
        limit = try PageQuery.limit(parameter("limit"))
    }
}

/// The requested page of memories: `?order=&cursor=&limit=&include=inline`, all optional. A cursor is the `next` of the
/// previous page in the same order.
public struct MemoryQuery: Hashable, Sendable {
    /// The value from the client.
    public enum Order: String, Hashable, Sendable, CaseIterable {
        case oldest
        case newest
        /// By the time of capture; by that of creation where it is unknown.
        case oldestTaken = "oldest_taken"
        case newestTaken = "newest_taken"

        public var order: MemoryOrder {
            switch self {
            case .oldest: .oldestFirst
            case .newest: .newestFirst
            case .oldestTaken: .oldestTakenFirst
            case .newestTaken: .newestTakenFirst
            }
        }
    }

    public var order: Order
    public var cursor: MemoryPosition?
    /// The engine caps it at `Limits.pageMax`.
    public var limit: Int
    /// Whether to include the bytes of inline assets.
    public var includesInline: Bool

    /// - Parameter parameter: Returns the decoded value of a query parameter; nil if absent.
    /// - Throws: `invalid_argument`.
    public init(_ parameter: (_ name: String) -> String?) throws(UploadError) {
        order = try Self.order(parameter("order"))
        cursor = try Self.cursor(parameter("cursor"), in: order)
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
            let names = Order.allCases.map { "“\($0.rawValue)”" }
            throw UploadError(.invalidArgument("order", "must be one of \(names.joined(separator: ", "))"))
        }
        return order
    }

    /// The id of a memory, in orders by capture with `.` and the time that they sort by.
    public static func cursor(of position: MemoryPosition, in order: Order) -> String {
        order.order.isByCapture ? "\(position.id.text).\(position.shownAt)" : position.id.text
    }

    private static func cursor(_ text: String?, in order: Order) throws(UploadError) -> MemoryPosition? {
        guard let text, order.order.isByCapture else {
            return try PageQuery.cursor(text).map { MemoryPosition(id: MemoryId($0), shownAt: 0) }
        }
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let id = MemoryId(text: String(parts[0])), let shownAt = Int64(parts[1]) else {
            throw UploadError(.invalidArgument("cursor", "must be the “next” of a page in the same order"))
        }
        return MemoryPosition(id: id, shownAt: shownAt)
    }
}

/// The requested page of derivations: `?state=&order=&cursor=&limit=`, all optional. A cursor is the upload of the last
/// entry of the previous page.
public struct DerivationQuery: Hashable, Sendable {
    public var state: Derivation.State?
    public var order: CreationOrder
    public var cursor: SessionId?
    /// The engine caps it at `Limits.pageMax`.
    public var limit: Int

    /// - Parameter parameter: Returns the decoded value of a query parameter; nil if absent.
    /// - Throws: `invalid_argument`.
    public init(_ parameter: (_ name: String) -> String?) throws(UploadError) {
        state = try Self.state(parameter("state"))
        order = try PageQuery.order(parameter("order")) ?? .oldestFirst
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
