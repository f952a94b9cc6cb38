/// Reads a whole JSON text (RFC 8259) and verifies that it means one thing to every reader: UTF-8, without commas at the
/// end of a list, without the same member twice, and of limited depth. `JSONDecoder` detects UTF-16 and UTF-32, takes the
/// last of two members, and accepts some texts that other readers refuse.
///
/// Members that no schema has are collected: a misspelt one would otherwise be no member at all.
struct JSONScanner {
    /// Objects and arrays in each other. The documents of requests have three.
    static let depthMax = 16
    /// Names of unknown members that are collected.
    static let unknownMax = 8

    /// A text that is not acceptable.
    struct Problem: Error {
        /// The path of the member, or `body`.
        var argument = "body"
        let text: String
        /// The index of the byte where it was noticed.
        var offset: Int?
    }

    private let bytes: [UInt8]
    private var index = 0
    private var depth = 0
    private var unknown: [String] = []

    /// - Parameters:
    ///   - schemas: Those of the object; a member of any of them is known.
    /// - Returns: The paths of unknown members in their order, `unknownMax` of them at most: `assets[0].widht`.
    static func unknownMembers(in bytes: [UInt8], of schemas: [Schema]) throws(Problem) -> [String] {
        guard String(validating: bytes, as: UTF8.self) != nil else { throw Problem(text: "is not UTF-8") }
        var scanner = JSONScanner(bytes)
        scanner.skipBlanks()
        guard scanner.next == UInt8(ascii: "{") else { throw Problem(text: "is not a JSON object") }
        try scanner.value(schemas, at: "")
        scanner.skipBlanks()
        guard scanner.next == nil else { throw scanner.problem("has more after its end") }
        return scanner.unknown
    }

    /// Whether a text is an object that means one thing to every reader.
    static func isUnambiguousObject(_ bytes: [UInt8]) -> Bool {
        (try? unknownMembers(in: bytes, of: [])) != nil
    }

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    // MARK: - Values

    /// - Parameter schemas: Empty for a value whose members are not verified.
    private mutating func value(_ schemas: [Schema], at path: String) throws(Problem) {
        switch next {
        case UInt8(ascii: "{"): try object(schemas, at: path)
        case UInt8(ascii: "["): try array(schemas, at: path)
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "t"): try literal("true")
        case UInt8(ascii: "f"): try literal("false")
        case UInt8(ascii: "n"): try literal("null")
        default: try number()
        }
    }

    private mutating func object(_ schemas: [Schema], at path: String) throws(Problem) {
        try enter()
        var names: Set<String> = []
        while try hasElement(before: UInt8(ascii: "}"), isFirst: names.isEmpty) {
            let name = try string()
            let memberPath = path.isEmpty ? name : "\(path).\(name)"
            guard names.insert(name).inserted else {
                throw Problem(argument: memberPath, text: "is given twice", offset: index)
            }
            skipBlanks()
            guard take(UInt8(ascii: ":")) else { throw problem("lacks a colon") }
            skipBlanks()
            let properties = schemas.compactMap { schema in schema.properties.first { $0.name == name } }
            if properties.isEmpty, !schemas.isEmpty, unknown.count < Self.unknownMax { unknown.append(memberPath) }
            try value(properties.flatMap { $0.type.elementSchemas }, at: memberPath)
        }
    }

    private mutating func array(_ schemas: [Schema], at path: String) throws(Problem) {
        try enter()
        var count = 0
        while try hasElement(before: UInt8(ascii: "]"), isFirst: count == 0) {
            try value(schemas, at: schemas.isEmpty ? "" : "\(path)[\(count)]")
            count += 1
        }
    }

    private mutating func enter() throws(Problem) {
        depth += 1
        guard depth <= Self.depthMax else { throw Problem(text: "has more than \(Self.depthMax) levels") }
        index += 1
    }

    /// Reads up to the next element of an object or array.
    ///
    /// - Returns: false at the end, which is read.
    private mutating func hasElement(before end: UInt8, isFirst: Bool) throws(Problem) -> Bool {
        skipBlanks()
        if take(end) {
            depth -= 1
            return false
        }
        if !isFirst {
            guard take(UInt8(ascii: ",")) else { throw problem("lacks a comma or an end") }
            skipBlanks()
            guard next != end else { throw problem("has a comma before an end") }
        }
        guard end == UInt8(ascii: "]") || next == UInt8(ascii: "\"") else {
            throw problem("lacks the name of a member")
        }
        return true
    }

    private mutating func literal(_ text: StaticString) throws(Problem) {
        let count = text.utf8CodeUnitCount
        let isThere = text.withUTF8Buffer { bytes[index...].starts(with: $0) }
        guard isThere else { throw problem("has something that is no value") }
        index += count
    }

    private mutating func number() throws(Problem) {
        let start = index
        _ = take(UInt8(ascii: "-"))
        let isZero = next == UInt8(ascii: "0")
        let integer = digits()
        guard integer > 0 else {
            index = start
            throw problem("has something that is no value")
        }
        guard !isZero || integer == 1 else { throw problem("has a number that begins with 0") }
        if take(UInt8(ascii: ".")) {
            guard digits() > 0 else { throw problem("has a number that ends with its point") }
        }
        guard take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) else { return }
        if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
        guard digits() > 0 else { throw problem("has a number without its exponent") }
    }

    private mutating func digits() -> Int {
        let start = index
        while let next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(next) { index += 1 }
        return index - start
    }

    // MARK: - Bytes

    private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        index += 1
        return true
    }

    private mutating func skipBlanks() {
        while let next, next == 0x20 || next == 0x09 || next == 0x0A || next == 0x0D { index += 1 }
    }

    private func problem(_ text: String) -> Problem {
        Problem(
            text: index < bytes.count ? "is not JSON: it \(text) at byte \(index)" : "ends in the middle", offset: index
        )
    }
}

// MARK: - Strings

extension JSONScanner {
    /// A string without its quotes and escapes.
    private mutating func string() throws(Problem) -> String {
        index += 1
        let start = index
        while let byte = next, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { index += 1 }
        // Most strings have no escapes.
        if next == UInt8(ascii: "\"") {
            defer { index += 1 }
            return String(decoding: bytes[start..<index], as: UTF8.self)
        }
        var text = Array(bytes[start..<index])
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                index += 1
                return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): text += String(Character(try escaped())).utf8
            case 0..<0x20: throw problem("has a control character in a string")
            default:
                text.append(byte)
                index += 1
            }
        }
        throw problem("")
    }

    private mutating func escaped() throws(Problem) -> Unicode.Scalar {
        index += 1
        defer { index += 1 }
        switch next {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            let unit = try codeUnit()
            if let scalar = Unicode.Scalar(unit) { return scalar }
            // A pair of surrogates.
            guard unit < 0xDC00, index + 2 < bytes.count, bytes[index + 1] == UInt8(ascii: "\\"),
                bytes[index + 2] == UInt8(ascii: "u")
            else { throw problem("has an escape that is half a character") }
            index += 2
            let low = try codeUnit()
            guard (0xDC00..<0xE000).contains(low),
                let scalar = Unicode.Scalar(0x10000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(low) - 0xDC00))
            else { throw problem("has an escape that is half a character") }
            return scalar
        default: throw problem("has an invalid escape sequence")
        }
    }

    /// The four digits after `u`; leaves the index at the last.
    private mutating func codeUnit() throws(Problem) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            index += 1
            guard let digit = next.flatMap({ Character(Unicode.Scalar($0)).hexDigitValue }) else {
                throw problem("has an invalid escape sequence")
            }
            unit = unit << 4 | UInt16(digit)
        }
        return unit
    }
}

extension SchemaType {
    /// The schemas of an object of this type, or of the objects in a list of it.
    fileprivate var elementSchemas: [Schema] {
        switch self {
        case .document(let name): Schema.byName[name].map { [$0] } ?? []
        case .list(let element): element.elementSchemas
        case .orNull(let type): type.elementSchemas
        default: []
        }
    }
}

extension Schema {
    fileprivate static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
}
