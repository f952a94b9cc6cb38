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

    /// Distinguishes all absolute paths: the path, or a percent-encoding of one that is not UTF-8, which begins with no
    /// slash.
    package var key: String {
        let text = text
        guard Array(text.utf8) != bytes else { return text }
        return bytes.percentEncoded
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
