import FoundationEssentials
import NativeWire

/// The claims of a token (RFC 7519, section 4).
struct Claims: Sendable {
    private let members: [String: JSONValue]

    init(_ payload: [UInt8]) throws(TokenProblem) {
        // Limits the depth, too.
        guard NativeJSON.isUnambiguousObject(payload),
            let members = try? JSONDecoder().decode([String: JSONValue].self, from: Data(payload))
        else { throw .malformedClaims }
        self.members = members
    }

    /// A claim by its name or, if there is none, by a path of names with dots: `realm_access.roles`.
    subscript(_ name: String) -> JSONValue? {
        if let value = members[name] { return value }
        var object = members
        var names = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)[...]
        guard let last = names.popLast() else { return nil }
        for name in names {
            guard case .object(let inner) = object[name] else { return nil }
            object = inner
        }
        return object[last]
    }
}

enum JSONValue: Decodable, Hashable, Sendable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        self =
            if value.decodeNil() {
                .null
            } else if let text = try? value.decode(String.self) {
                .string(text)
            } else if let number = try? value.decode(Double.self) {
                .number(number)
            } else if let flag = try? value.decode(Bool.self) {
                .bool(flag)
            } else if let elements = try? value.decode([JSONValue].self) {
                .array(elements)
            } else {
                .object(try value.decode([String: JSONValue].self))
            }
    }

    /// A string alone, or the strings of an array; nil for anything else.
    var strings: [String]? {
        switch self {
        case .string(let text): return [text]
        case .array(let elements):
            let texts = elements.compactMap { if case .string(let text) = $0 { text } else { nil } }
            return texts.count == elements.count ? texts : nil
        default: return nil
        }
    }
}
