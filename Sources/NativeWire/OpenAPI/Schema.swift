/// The schema of a document, for the OpenAPI document. A test compares the schemas with the encoded documents.
package struct Schema: Sendable {
    package let name: String
    let summary: String
    package let properties: [Property]

    package struct Property: Sendable {
        package let name: String
        let type: SchemaType
        package let isOptional: Bool
        let summary: String
    }

    init(_ name: String, _ summary: String, _ properties: [Property]) {
        self.name = name
        self.summary = summary
        self.properties = properties
    }

    var json: JSONValue {
        let members = properties.map { property in
            (
                property.name,
                property.type.json.merging(property.summary.isEmpty ? [:] : ["description": .string(property.summary)])
            )
        }
        let required = properties.filter { !$0.isOptional }.map { JSONValue.string($0.name) }
        return JSONValue.object([
            "type": "object", "description": .string(summary), "properties": .object(Dictionary(members) { $1 }),
        ]).merging(required.isEmpty ? [:] : ["required": .array(required)])
    }
}

extension Schema.Property {
    static func must(_ name: String, _ type: SchemaType, _ summary: String = "") -> Self {
        Self(name: name, type: type, isOptional: false, summary: summary)
    }

    static func may(_ name: String, _ type: SchemaType, _ summary: String = "") -> Self {
        Self(name: name, type: type, isOptional: true, summary: summary)
    }
}

indirect enum SchemaType: Sendable {
    case text
    case choice([String])
    case time
    case digest
    case base64
    case flag
    /// Not negative.
    case number
    case numberOrText
    case list(of: SchemaType)
    /// Inclusive ranges of chunk indices, `[first, last]`.
    case ranges
    case numbersByName
    case document(String)
    case orNull(SchemaType)

    var json: JSONValue {
        switch self {
        case .text: ["type": "string"]
        case .choice(let values): ["type": "string", "enum": .array(values.map(JSONValue.string))]
        case .time: ["type": "string", "format": "date-time"]
        case .digest: ["type": "string", "pattern": "^[0-9a-f]{64}$"]
        case .base64: ["type": "string", "contentEncoding": "base64"]
        case .flag: ["type": "boolean"]
        case .number: ["type": "integer", "format": "int64", "minimum": 0]
        case .numberOrText: ["type": ["integer", "string"]]
        case .list(let element): ["type": "array", "items": element.json]
        case .ranges:
            [
                "type": "array",
                "items": ["type": "array", "items": SchemaType.number.json, "minItems": 2, "maxItems": 2],
            ]
        case .numbersByName: ["type": "object", "additionalProperties": SchemaType.number.json]
        case .document(let name): ["$ref": .string("#/components/schemas/\(name)")]
        case .orNull(let type): ["anyOf": [type.json, ["type": "null"]]]
        }
    }
}

/// Any JSON value (RFC 8259), for documents without a type of their own.
enum JSONValue: Encodable, Hashable, Sendable {
    case string(String)
    case integer(Int)
    case bool(Bool)
    case array([JSONValue])
    case object([String: JSONValue])

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .string(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .bool(let value): try container.encode(value)
        case .array(let values): try container.encode(values)
        case .object(let members): try container.encode(members)
        }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    init(stringLiteral value: String) { self = .string(value) }
    init(booleanLiteral value: Bool) { self = .bool(value) }
    init(integerLiteral value: Int) { self = .integer(value) }
    init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(Dictionary(elements) { _, last in last })
    }

    /// An object with another's members added; theirs win.
    func merging(_ other: [String: JSONValue]) -> JSONValue {
        guard case .object(let members) = self else { return .object(other) }
        return .object(members.merging(other) { _, theirs in theirs })
    }
}
