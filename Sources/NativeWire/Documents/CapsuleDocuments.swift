/// A capsule as clients see it.
public struct CapsuleDocument: Codable, Hashable, Sendable {
    public var id: String
    public var title: String
    public var owner: String
    /// Names of principals, ascending.
    public var writers: [String]
    public var readers: [String]
    public var createdAt: WireTime

    public init(
        id: String, title: String, owner: String, writers: [String], readers: [String], createdAt: WireTime
    ) {
        self.id = id
        self.title = title
        self.owner = owner
        self.writers = writers
        self.readers = readers
        self.createdAt = createdAt
    }
}

/// The body of `POST /v1/capsules`.
public struct NewCapsuleDocument: Codable, Hashable, Sendable {
    public var title: String?

    public init(title: String? = nil) {
        self.title = title
    }
}

/// The body of `PUT /v1/capsules/{capsule}/members/{principal}`.
public struct MemberDocument: Codable, Hashable, Sendable {
    /// `writer` or `reader`.
    public var role: String

    public init(role: String) {
        self.role = role
    }
}

/// One page of capsules.
public struct CapsuleListDocument: Codable, Hashable, Sendable {
    public var capsules: [CapsuleDocument]
    /// The cursor of the next page; none after the last.
    public var next: String?

    public init(capsules: [CapsuleDocument], next: String?) {
        self.capsules = capsules
        self.next = next
    }
}
