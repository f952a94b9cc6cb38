public import UploadModel

/// A capsule as clients see it.
public struct CapsuleDocument: Codable, Hashable, Sendable {
    public var id: String
    public var title: String
    public var owner: String
    /// Names of principals, ascending.
    public var writers: [String]
    public var readers: [String]
    public var createdAt: WireTime
    /// The recipe of uploads without one of their own: `photo`.
    public var derive: String?
    /// The caller's role: `owner`, `writer` or `reader`.
    public var role: String?

    public init(
        id: String, title: String, owner: String, writers: [String], readers: [String], createdAt: WireTime,
        derive: String? = nil, role: String? = nil
    ) {
        self.id = id
        self.title = title
        self.owner = owner
        self.writers = writers
        self.readers = readers
        self.createdAt = createdAt
        self.derive = derive
        self.role = role
    }
}

/// The body of `POST /v1/capsules`.
public struct NewCapsuleDocument: Codable, Hashable, Sendable {
    public var title: String?
    /// The recipe of uploads without one of their own: `photo`.
    public var derive: String?

    public init(title: String? = nil, derive: String? = nil) {
        self.title = title
        self.derive = derive
    }
}

/// The body of `PATCH /v1/capsules/{capsule}`: a JSON merge patch (RFC 7396).
public struct CapsulePatchDocument: Codable, Hashable, Sendable {
    public var title: MergeChange<String>
    public var derive: MergeChange<String>

    private enum CodingKeys: String, CodingKey {
        case title, derive
    }

    public init(title: MergeChange<String> = .unchanged, derive: MergeChange<String> = .unchanged) {
        self.title = title
        self.derive = derive
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        title = try container.change(String.self, .title)
        derive = try container.change(String.self, .derive)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(title, .title)
        try container.encode(derive, .derive)
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
    /// The cursor of the next page; absent on the last.
    public var next: String?

    public init(capsules: [CapsuleDocument], next: String?) {
        self.capsules = capsules
        self.next = next
    }
}

extension CapsuleDocument {
    /// - Parameter caller: The principal whose role is stated.
    public init(_ capsule: Capsule, for caller: Principal) {
        self.init(
            id: capsule.id.text, title: capsule.title, owner: capsule.owner.name,
            writers: capsule.writers.sorted().map(\.name), readers: capsule.readers.sorted().map(\.name),
            createdAt: WireTime(capsule.createdAt), derive: capsule.recipe?.name,
            role: capsule.role(of: caller)?.name)
    }
}

extension NewCapsuleDocument {
    /// - Throws: `invalid_argument`.
    public func recipe() throws(UploadError) -> Recipe? {
        guard let derive else { return nil }
        return try Recipe(checked: derive)
    }
}

extension CapsulePatchDocument {
    /// - Throws: `invalid_argument`.
    public func change() throws(UploadError) -> CapsuleChange {
        var change = CapsuleChange()
        switch title {
        case .unchanged: break
        case .cleared: change.title = ""
        case .set(let title): change.title = title
        }
        switch derive {
        case .unchanged: break
        case .cleared: change.recipe = .some(nil)
        case .set(let name): change.recipe = try Recipe(checked: name)
        }
        return change
    }
}

extension MemberDocument {
    public init(_ role: Role) {
        self.init(role: role.name)
    }

    /// The requested role.
    ///
    /// - Throws: `invalid_argument` for anything but `writer` and `reader`. The owner cannot be changed.
    public func checkedRole() throws(UploadError) -> Role {
        guard let role = [Role.writer, .reader].first(where: { $0.name == role }) else {
            throw UploadError(.invalidArgument("role", "must be “writer” or “reader”"))
        }
        return role
    }
}
