public import SessionCore

/// A 128-bit id of one kind of thing, laid out and written like a session id. Ids of different kinds do not mix.
public struct Identifier<Kind>: Hashable, Comparable, Sendable {
    public let value: SessionId

    public init(_ value: SessionId) {
        self.value = value
    }

    public init?(text: some StringProtocol) {
        guard let value = SessionId(text: text) else { return nil }
        self.value = value
    }

    public var text: String { value.text }

    public static func < (left: Self, right: Self) -> Bool { left.value < right.value }
}

public typealias CapsuleId = Identifier<Capsule>
public typealias MemoryId = Identifier<Memory>
public typealias AssetId = Identifier<Asset>
/// A blob is what an upload became: its id has the same 128 bits as the id of its session.
public typealias BlobId = Identifier<Blob>

/// Who calls, as whatever authenticated them names them. Compared byte for byte: Swift's own comparison of strings would
/// take differently encoded accents for the same.
public struct Principal: Hashable, Comparable, Sendable {
    public let name: String

    public init(_ name: String) {
        self.name = name
    }

    public static func == (left: Self, right: Self) -> Bool { left.name.utf8.elementsEqual(right.name.utf8) }

    public func hash(into hasher: inout Hasher) {
        for byte in name.utf8 { hasher.combine(byte) }
    }

    public static func < (left: Self, right: Self) -> Bool { left.name.utf8.lexicographicallyPrecedes(right.name.utf8) }
}
