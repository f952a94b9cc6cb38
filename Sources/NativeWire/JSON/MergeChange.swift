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
