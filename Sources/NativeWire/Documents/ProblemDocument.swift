/// An error as `application/problem+json` (RFC 9457), with the code and the values that matter as extension members.
public struct ProblemDocument: Codable, Hashable, Sendable {
    /// `urn:wharf:error:` and the code.
    public var type: String
    public var title: String
    public var status: Int
    public var detail: String
    public var code: String

    // The values that matter, each with some codes only.
    public var argument: String?
    public var index: UInt64?
    public var missing: [[UInt64]]?
    public var missingBytes: UInt64?
    public var offset: UInt64?
    public var given: UInt64?
    public var limit: String?
    public var maximum: UInt64?
    /// Of an exceeded quota, in bytes; only for its owner.
    public var quota: UInt64?
    public var used: UInt64?
    public var requested: UInt64?
    /// The media types that a link accepts, separated by commas.
    public var accepted: String?
    /// Digests as text, sizes as numbers.
    public var expected: Scalar?
    public var actual: Scalar?
    /// Formats of a store that a newer release has written.
    public var found: UInt64?
    public var supported: UInt64?
    /// What takes no new uploads: `directory`, `database` or `bucket`; of `/readyz` only.
    public var store: String?
    /// The request id of an `internal` error, for finding its cause in the log.
    public var incident: String?

    public init(title: String, status: Int, detail: String, code: String) {
        type = "urn:wharf:error:\(code)"
        self.title = title
        self.status = status
        self.detail = detail
        self.code = code
    }

    public enum Scalar: Codable, Hashable, Sendable {
        case number(UInt64)
        case text(String)

        public init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(UInt64.self) {
                self = .number(number)
            } else {
                self = .text(try container.decode(String.self))
            }
        }

        public func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .number(let number): try container.encode(number)
            case .text(let text): try container.encode(text)
            }
        }
    }
}
