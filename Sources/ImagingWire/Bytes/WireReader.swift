/// Takes messages apart, and refuses to read past their end.
struct WireReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) {
        rest = bytes[...]
    }

    mutating func bytes(_ count: Int) throws(WireError) -> ArraySlice<UInt8> {
        guard count <= rest.count else { throw WireError.malformed(.length) }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    mutating func integer<Value: FixedWidthInteger & UnsignedInteger>() throws(WireError) -> Value {
        let bytes = try bytes(Value.bitWidth / 8)
        return bytes.reversed().reduce(0) { $0 << 8 | Value($1) }
    }

    var isAtEnd: Bool { rest.isEmpty }

    /// - Throws: `.malformed(.length)` if something is left.
    func end() throws(WireError) {
        guard rest.isEmpty else { throw WireError.malformed(.length) }
    }
}
