/// What a JSON merge patch says of one member (RFC 7396): nothing, that it is cleared (`null`), or its new value.
public enum MergeChange<Value: Codable & Hashable & Sendable>: Hashable, Sendable {
    case unchanged
    case cleared
    case set(Value)

    /// Changes a value that may be missing.
    func apply(to value: inout Value?) {
        switch self {
        case .unchanged: break
        case .cleared: value = nil
        case .set(let new): value = new
        }
    }

    /// Changes a value that is always there.
    ///
    /// - Parameter cleared: What it is when nothing is said.
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
