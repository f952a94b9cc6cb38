import FoundationEssentials
import HTTPWire
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

/// Bytes in a document: Base64 with its padding (RFC 4648, section 4).
public struct WireBytes: Codable, Hashable, Sendable {
    public var bytes: [UInt8]

    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let data = Data(base64Encoded: try container.decode(String.self)) else {
            throw DecodingError.refusing("must be Base64 with its padding", at: container.codingPath)
        }
        bytes = Array(data)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(Data(bytes).base64EncodedString())
    }
}

/// The change of one member in a JSON merge patch (RFC 7396): none, cleared (`null`), or a new value.
public enum MergeChange<Value: Codable & Hashable & Sendable>: Hashable, Sendable {
    case unchanged
    case cleared
    case set(Value)

    /// Changes an optional value.
    func apply(to value: inout Value?) {
        switch self {
        case .unchanged: break
        case .cleared: value = nil
        case .set(let new): value = new
        }
    }

    /// Changes a required value.
    ///
    /// - Parameter cleared: The value after `null`.
    func apply(to value: inout Value, cleared: Value) {
        var changed: Value? = value
        apply(to: &changed)
        value = changed ?? cleared
    }
}

extension KeyedDecodingContainer {
    func change<Value>(_ type: Value.Type, _ key: Key) throws -> MergeChange<Value> {
        guard contains(key) else { return .unchanged }
        return try decodeNil(forKey: key) ? .cleared : .set(try decode(type, forKey: key))
    }
}

extension KeyedEncodingContainer {
    mutating func encode<Value>(_ change: MergeChange<Value>, _ key: Key) throws {
        switch change {
        case .unchanged: break
        case .cleared: try encodeNil(forKey: key)
        case .set(let value): try encode(value, forKey: key)
        }
    }
}

/// A problem with a value of the right JSON type, as text that follows the name of its field.
struct WireValueProblem: Error {
    let text: String
}

extension DecodingError {
    /// An error whose text `NativeJSON` passes on.
    static func refusing(_ problem: String, at path: [any CodingKey]) -> DecodingError {
        .dataCorrupted(
            Context(codingPath: path, debugDescription: problem, underlyingError: WireValueProblem(text: problem)))
    }
}
