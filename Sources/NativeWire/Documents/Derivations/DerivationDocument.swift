/// What is made, or was made, of an upload.
public struct DerivationDocument: Codable, Hashable, Sendable {
    public enum State: String, Codable, Hashable, Sendable, CaseIterable {
        /// The upload is not committed yet.
        case waiting
        case pending
        case done
        /// With a `memory`, it has the original alone.
        case failed
    }

    /// `photo`.
    public var recipe: String
    public var state: State
    /// How often it was begun, the one under way included.
    public var attempts: Int
    /// Why the last attempt came to nothing, in words.
    public var reason: String?
    public var memory: String?
    /// Of a pending one.
    public var nextAttemptAt: WireTime?

    public init(
        recipe: String, state: State, attempts: Int, reason: String? = nil, memory: String? = nil,
        nextAttemptAt: WireTime? = nil
    ) {
        self.recipe = recipe
        self.state = state
        self.attempts = attempts
        self.reason = reason
        self.memory = memory
        self.nextAttemptAt = nextAttemptAt
    }
}

/// What is made, or was made, of one of a capsule's uploads.
public struct ListedDerivationDocument: Codable, Hashable, Sendable {
    public var upload: String
    /// Of the upload.
    public var name: String
    public var recipe: String
    public var state: DerivationDocument.State
    public var attempts: Int
    public var reason: String?
    public var memory: String?
    public var nextAttemptAt: WireTime?

    public init(upload: String, name: String, _ derivation: DerivationDocument) {
        self.upload = upload
        self.name = name
        recipe = derivation.recipe
        state = derivation.state
        attempts = derivation.attempts
        reason = derivation.reason
        memory = derivation.memory
        nextAttemptAt = derivation.nextAttemptAt
    }
}

/// One page of `GET /v1/capsules/{capsule}/derivations`.
public struct DerivationListDocument: Codable, Hashable, Sendable {
    /// In the order of their uploads.
    public var derivations: [ListedDerivationDocument]
    /// The cursor of the next page; none after the last.
    public var next: String?

    public init(derivations: [ListedDerivationDocument], next: String?) {
        self.derivations = derivations
        self.next = next
    }
}
