/// The derivation of an upload.
public struct DerivationDocument: Codable, Hashable, Sendable {
    public enum State: String, Codable, Hashable, Sendable, CaseIterable {
        /// The upload is not committed yet.
        case waiting
        case pending
        case done
        /// Failed. A `memory`, if present, has only the original.
        case failed
    }

    /// `photo`.
    public var recipe: String
    public var state: State
    /// The number of attempts, including a running one.
    public var attempts: Int
    /// The reason for the failure of the last attempt, as text.
    public var reason: String?
    public var memory: String?
    /// Only of a pending derivation.
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

/// The derivation of an upload, in the list of its capsule.
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
    /// The cursor of the next page; absent on the last.
    public var next: String?

    public init(derivations: [ListedDerivationDocument], next: String?) {
        self.derivations = derivations
        self.next = next
    }
}
