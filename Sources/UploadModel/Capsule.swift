import DeliberateFaults
public import SessionCore

/// A container of uploads and memories with one owner, writers and readers.
public struct Capsule: Hashable, Sendable {
    public let id: CapsuleId
    public var title: String
    public let owner: Principal
    public var writers: Set<Principal>
    public var readers: Set<Principal>
    /// The bearers of its links.
    public var uploaders: Set<Principal>
    public let createdAt: Timestamp
    /// The default recipe of the capsule's uploads; nil: none.
    public var recipe: Recipe?

    /// The number of members, the bearers of a link as one.
    public var memberCount: Int { writers.count + readers.count + uploaders.count }

    public init(
        id: CapsuleId, title: String, owner: Principal, writers: Set<Principal> = [], readers: Set<Principal> = [],
        uploaders: Set<Principal> = [], createdAt: Timestamp, recipe: Recipe? = nil
    ) {
        self.id = id
        self.title = title
        self.owner = owner
        self.writers = writers
        self.readers = readers
        self.uploaders = uploaders
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

/// The rights of a principal in a capsule. Each of reader, writer and owner includes the previous ones; an uploader may
/// only begin, continue and abort uploads of its own.
public enum Role: Int, Hashable, Comparable, Sendable {
    /// The bearer of a link.
    case uploader = 0
    case reader = 1
    case writer = 2
    case owner = 3

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    public var name: String {
        switch self {
        case .uploader: "uploader"
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
        if readers.contains(principal) { return .reader }
        return uploaders.contains(principal) ? .uploader : nil
    }

    /// Checks the role of a principal: reader, writer or owner. All decisions on access are made here and in
    /// `requireUploading`.
    ///
    /// - Throws: `not_found` for principals without any role, so that the capsule's existence is not disclosed, and for
    ///   uploaders; `forbidden` for a role that is too low.
    public func require(_ role: Role, of principal: Principal, seeking subject: Subject = .capsule) throws(UploadError)
    {
        if DeliberateFault.skipAccess.isOn { return }
        guard let held = self.role(of: principal), held != .uploader else {
            throw UploadError(.notFound(subject.reason))
        }
        guard held >= role else { throw UploadError(.forbidden(needs: role)) }
    }

    /// Whether a principal may read all that the capsule has.
    package func permitsReading(by principal: Principal) -> Bool {
        role(of: principal).map { $0 >= .reader } ?? false
    }

    /// Whether a principal may begin uploads and continue its own.
    public func permitsUploading(by principal: Principal) -> Bool {
        switch role(of: principal) {
        case .uploader, .writer, .owner: true
        case .reader, nil: false
        }
    }

    /// Requires that a principal may begin uploads and continue its own.
    ///
    /// - Throws: As `require` with the role writer, except that uploaders pass.
    public func requireUploading(by principal: Principal, seeking subject: Subject = .capsule) throws(UploadError) {
        guard !permitsUploading(by: principal) else { return }
        try require(.writer, of: principal, seeking: subject)
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
