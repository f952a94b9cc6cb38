import DeliberateFaults
public import SessionCore

/// Where memories belong: one owner, and others who may write or read.
public struct Capsule: Hashable, Sendable {
    public let id: CapsuleId
    public var title: String
    public let owner: Principal
    public var writers: Set<Principal>
    public var readers: Set<Principal>
    public let createdAt: Timestamp
    /// What is made of uploads that do not say themselves.
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

/// What the owner changes of a capsule.
public struct CapsuleChange: Hashable, Sendable {
    /// Nil leaves it as it is.
    public var title: String?
    /// Nil leaves it as it is; `.some(nil)` makes nothing of uploads that do not say themselves.
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

/// What a principal may do in a capsule; each role includes those before it.
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

    /// The one place where access is decided.
    ///
    /// - Throws: `not_found` for those who may not even read, so that they learn nothing; `forbidden` for the others.
    public func require(_ role: Role, of principal: Principal, seeking subject: Subject = .capsule) throws(UploadError)
    {
        if DeliberateFault.skipAccess.isOn { return }
        guard let held = self.role(of: principal) else { throw UploadError(.notFound(subject.reason)) }
        guard held >= role else { throw UploadError(.forbidden(needs: role)) }
    }

    /// What a refusal says was not found.
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
