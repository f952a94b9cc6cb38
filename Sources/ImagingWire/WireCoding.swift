/// Why a message was refused.
package enum WireError: Error, Hashable, Sendable {
    /// The handshake is not that of an imaging worker.
    case notAWorker
    /// The message is too short, too long or invalid.
    case malformed(Malformation)

    /// The malformed part of a message.
    package enum Malformation: Hashable, Sendable {
        case length
        case magic
        case code
        case size
        case takenAt
        case thumbHash
        case webP
    }
}

/// Encodes messages: little-endian integers without alignment.
struct WireWriter {
    private(set) var bytes: [UInt8] = []

    mutating func append(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func append(_ more: some Collection<UInt8>) {
        bytes.append(contentsOf: more)
    }
}

/// Decodes messages and refuses to read past their end.
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

    /// - Throws: `.malformed(.length)` if bytes are left.
    func end() throws(WireError) {
        guard rest.isEmpty else { throw WireError.malformed(.length) }
    }
}
