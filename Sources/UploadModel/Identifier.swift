public import SessionCore

/// A 128-bit id with the layout and the text form of a session id. Its type keeps ids of different kinds apart.
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

/// Prints as its text form.
extension Identifier: CustomStringConvertible {
    public var description: String { text }
}

public typealias CapsuleId = Identifier<Capsule>
public typealias MemoryId = Identifier<Memory>
public typealias AssetId = Identifier<Asset>
/// A blob is a committed upload: its id has the same 128 bits as the id of its session.
public typealias BlobId = Identifier<Blob>

/// An authenticated caller, by the name that the authenticator returns. Compared byte by byte: Swift's comparison of
/// strings treats differently encoded accents as equal.
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
