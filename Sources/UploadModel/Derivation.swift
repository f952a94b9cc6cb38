public import SessionCore

/// The derivation job of a committed upload that was begun with a recipe, and its outcome. It survives restarts.
public struct Derivation: Hashable, Sendable {
    public enum State: Int, Hashable, Sendable, CaseIterable {
        case pending = 0
        /// The memory exists with all derivatives of the recipe.
        case done = 1
        /// The memory has the original alone, or there is none because the original was deleted first.
        case failed = 2
    }

    public let upload: SessionId
    public let capsule: CapsuleId
    /// The principal that began the upload; the memory's creator.
    public let caller: Principal
    public let recipe: Recipe
    public let asset: AssetMetadata
    /// Blobs that become assets of the memory, as far as they exist by then.
    public let companions: [Companion]
    public let state: State
    /// Attempts begun so far, the current one included.
    public let attempts: Int
    /// The earliest time of the next attempt, while pending.
    public let dueAt: Timestamp
    /// The reason of the last failure, for people.
    public let reason: String?
    public let memory: MemoryId?

    public init(
        upload: SessionId, capsule: CapsuleId, caller: Principal, recipe: Recipe, asset: AssetMetadata,
        companions: [Companion] = [], state: State, attempts: Int, dueAt: Timestamp, reason: String?, memory: MemoryId?
    ) {
        self.upload = upload
        self.capsule = capsule
        self.caller = caller
        self.recipe = recipe
        self.asset = asset
        self.companions = companions
        self.state = state
        self.attempts = attempts
        self.dueAt = dueAt
        self.reason = reason
        self.memory = memory
    }

    /// The `reason` of a derivation whose original was deleted while it was pending.
    package static let originalDeleted = "the original was deleted"
}

/// The derivatives that the server makes from an upload after its commit.
public enum Recipe: Int, Hashable, Sendable, CaseIterable {
    /// A memory of the original with its `display`, `thumb` and `placeholder` renditions.
    case photo = 1

    /// The name on the wire.
    public var name: String {
        switch self {
        case .photo: "photo"
        }
    }

    /// The assets of its memory without companions, at most.
    package var assetsMax: UInt64 {
        switch self {
        case .photo: 4
        }
    }

    public init?(name: String) {
        guard let recipe = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = recipe
    }
}

/// The recipe requested when an upload begins.
public enum RecipeChoice: Hashable, Sendable {
    /// The capsule's default at that moment.
    case capsuleDefault
    case none
    /// With the companions of the memory.
    case recipe(Recipe, companions: [Companion] = [])
}
