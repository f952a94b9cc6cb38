import HTTPWire

/// A path of this machine. File names are bytes, which are usually, but not always, UTF-8.
public struct LocalPath: Hashable, Sendable, ExpressibleByStringLiteral {
    /// Without a NUL.
    public let bytes: [UInt8]

    /// - Parameter bytes: As the system gives them; they end before the first NUL.
    public init(bytes: some Sequence<UInt8>) {
        self.bytes = Array(bytes.prefix { $0 != 0 })
    }

    public init(_ text: String) {
        self.init(bytes: text.utf8)
    }

    public init(stringLiteral text: String) {
        self.init(text)
    }

    /// With U+FFFD in the place of bytes that are not UTF-8. Control characters are unchanged.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The part after the last slash; the whole path if it has none.
    public var lastComponent: LocalPath {
        let end = bytes.lastIndex { $0 != Self.slash }.map { $0 + 1 } ?? bytes.endIndex
        let name = bytes[..<end].split(separator: Self.slash).last
        return name.map { LocalPath(bytes: $0) } ?? self
    }

    /// The path of an entry of this directory.
    public func appending(_ name: LocalPath) -> LocalPath {
        guard !bytes.isEmpty else { return name }
        return LocalPath(bytes: bytes.last == Self.slash ? bytes + name.bytes : bytes + [Self.slash] + name.bytes)
    }

    /// The text, or the key of a path that is not UTF-8.
    package var distinctText: String { String(validating: bytes, as: UTF8.self) ?? key }

    /// Distinguishes all absolute paths: the path, or a percent-encoding of one that is not ASCII, which begins with no slash.
    /// Swift takes texts for the same that Unicode does, and directories do not: `é` in one character and in two.
    package var key: String {
        guard bytes.contains(where: { $0 >= 0x80 }) else { return text }
        let isAbsolute = bytes.first == Self.slash
        let rest = bytes.dropFirst(isAbsolute ? 1 : 0).percentEncoded { $0 < 0x80 && $0 != UInt8(ascii: "%") }
        return (isAbsolute ? "%2F" : "") + rest
    }

    /// Calls `body` with the bytes and a NUL.
    package func withCString<Value>(_ body: (UnsafePointer<CChar>) throws -> Value) rethrows -> Value {
        try (bytes + [0]).withUnsafeBufferPointer { buffer in
            try buffer.withMemoryRebound(to: CChar.self) { characters in
                guard let start = characters.baseAddress else { preconditionFailure("the array has a NUL") }
                return try body(start)
            }
        }
    }

    private static let slash = UInt8(ascii: "/")
}
