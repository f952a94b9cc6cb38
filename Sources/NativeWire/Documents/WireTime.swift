public import SessionCore

/// A point in time in documents: RFC 3339 in UTC with milliseconds, `2026-11-22T21:35:22.123Z`.
public struct WireTime: Codable, Hashable, Sendable {
    public var timestamp: Timestamp

    public init(_ timestamp: Timestamp) {
        self.timestamp = timestamp
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let timestamp = Timestamp(rfc3339: text) else {
            throw DecodingError.refusing("must be an RFC 3339 time", at: container.codingPath)
        }
        self.timestamp = timestamp
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(timestamp.rfc3339)
    }
}
