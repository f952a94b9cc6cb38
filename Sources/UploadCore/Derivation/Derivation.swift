public import SessionCore

/// What is to become of a committed upload that was begun with a recipe: a job that outlives the process, and its outcome.
public struct Derivation: Hashable, Sendable {
    public enum State: Int, Hashable, Sendable, CaseIterable {
        case pending = 0
        /// The memory is there with everything that the recipe makes.
        case done = 1
        /// There is a memory of the original alone, or none because the original was deleted first.
        case failed = 2
    }

    public let upload: SessionId
    public let capsule: CapsuleId
    /// Who began the upload; the memory is made in this name.
    public let caller: Principal
    public let recipe: Recipe
    public let asset: AssetMetadata
    public let state: State
    /// How often it was begun, the one under way included.
    public let attempts: Int
    /// When the next attempt may begin, of a pending one.
    public let dueAt: Timestamp
    /// Why the last attempt came to nothing, for people.
    public let reason: String?
    public let memory: MemoryId?

    public init(
        upload: SessionId, capsule: CapsuleId, caller: Principal, recipe: Recipe, asset: AssetMetadata, state: State,
        attempts: Int, dueAt: Timestamp, reason: String?, memory: MemoryId?
    ) {
        self.upload = upload
        self.capsule = capsule
        self.caller = caller
        self.recipe = recipe
        self.asset = asset
        self.state = state
        self.attempts = attempts
        self.dueAt = dueAt
        self.reason = reason
        self.memory = memory
    }

    /// The reason of one whose original was deleted before it was derived.
    package static let originalDeleted = "the original was deleted"
}

/// What a request to begin says about what is to become of the upload.
public enum RecipeChoice: Hashable, Sendable {
    /// Whatever the capsule's default is when the upload begins.
    case capsuleDefault
    case none
    case recipe(Recipe)
}
