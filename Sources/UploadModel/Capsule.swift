import DeliberateFaults
public import SessionCore

/// A container of uploads and memories with one owner, writers and readers.
public struct Capsule: Hashable, Sendable {
    public let id: CapsuleId
    public var title: String
    public let owner: Principal
    public var writers: Set<Principal>
    public var readers: Set<Principal>
    public let createdAt: Timestamp
    /// The default recipe of the capsule's uploads; nil: none.
    public var recipe: Recipe?

    public init(
        id: CapsuleId, title: String, owner: Principal, writers: Set<Principal> = [], readers: Set<Principal> = [],
        createdAt: Timestamp, recipe: Recipe? = nil
    ) {
        self.id = id
        self.title = title
        self.owner = owner
        self.writers = writers
        self.readers = readers
        self.createdAt = createdAt
        self.recipe = recipe
    }
}

/// A change of a capsule by its owner.
public struct CapsuleChange: Hashable, Sendable {
    /// nil: unchanged.
    public var title: String?
    /// nil: unchanged; `.some(nil)`: no default recipe.
    public var recipe: Recipe??

    public init(title: String? = nil, recipe: Recipe?? = nil) {
        self.title = title
        self.recipe = recipe
    }

    package func applied(to capsule: Capsule) -> Capsule {
        var changed = capsule
        if let title { changed.title = title }
        if let recipe { changed.recipe = recipe }
        return changed
    }
}

/// The rights of a principal in a capsule; each role includes the previous ones.
public enum Role: Int, Hashable, Comparable, Sendable {
    case reader = 1
    case writer = 2
    case owner = 3

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    public var name: String {
        switch self {
        case .reader: "reader"
        case .writer: "writer"
        case .owner: "owner"
        }
    }
}

// MARK: - Access

extension Capsule {
    public func role(of principal: Principal) -> Role? {
        if principal == owner { return .owner }
        if writers.contains(principal) { return .writer }
        return readers.contains(principal) ? .reader : nil
    }

    /// Checks the role of a principal. All decisions on access are made here.
    ///
    /// - Throws: `not_found` for principals without any role, so that the capsule's existence is not disclosed;
    ///   `forbidden` for a role that is too low.
    public func require(_ role: Role, of principal: Principal, seeking subject: Subject = .capsule) throws(UploadError)
    {
        if DeliberateFault.skipAccess.isOn { return }
        guard let held = self.role(of: principal) else { throw UploadError(.notFound(subject.reason)) }
        guard held >= role else { throw UploadError(.forbidden(needs: role)) }
    }

    /// The resource that a `not_found` error names.
    public enum Subject: Sendable {
        case capsule, upload, blob, memory

        var reason: UploadError.Subject {
            switch self {
            case .capsule: .capsule
            case .upload: .upload
            case .blob: .blob
            case .memory: .memory
            }
        }
    }
}
