import SessionCore
public import UploadModel

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
    /// The number of all pending derivations of the capsule.
    public var pending: UInt64
    /// The cursor of the next page; absent on the last.
    public var next: String?

    public init(derivations: [ListedDerivationDocument], pending: UInt64, next: String?) {
        self.derivations = derivations
        self.pending = pending
        self.next = next
    }
}

extension DerivationDocument {
    /// - Parameter isDeriving: Whether the server derives at present; a pending derivation reports it if not.
    public init(_ derivation: Derivation, isDeriving: Bool = true) {
        let isOff = !isDeriving && derivation.state == .pending
        self.init(
            recipe: derivation.recipe.name, state: State(derivation.state), attempts: derivation.attempts,
            reason: isOff ? "derivation is off on this server" : derivation.reason, memory: derivation.memory?.text,
            nextAttemptAt: derivation.state == .pending ? WireTime(derivation.dueAt) : nil)
    }

    /// The derivation of an upload, from the catalogue or waiting for the commit; nil without a recipe.
    init?(of record: UploadRecord, _ derivation: Derivation?, isDeriving: Bool) {
        if let derivation {
            self.init(derivation, isDeriving: isDeriving)
        } else if let recipe = record.meta.recipe, record.session.meta.status.isPending {
            self.init(recipe: recipe.name, state: .waiting, attempts: 0)
        } else {
            return nil
        }
    }
}

extension ListedDerivationDocument {
    /// - Parameter isDeriving: See `DerivationDocument`.
    public init(_ derivation: Derivation, isDeriving: Bool = true) {
        self.init(
            upload: derivation.upload.text, name: derivation.asset.name,
            DerivationDocument(derivation, isDeriving: isDeriving))
    }
}

extension DerivationDocument.State {
    init(_ state: Derivation.State) {
        switch state {
        case .pending: self = .pending
        case .done: self = .done
        case .failed: self = .failed
        }
    }
}

extension RecipeChoice {
    /// - Parameter derive: The value from the client: `photo`, `none`, or nil for the capsule's default.
    /// - Throws: `invalid_argument`.
    public init(derive: String?) throws(UploadError) {
        switch derive {
        case nil: self = .capsuleDefault
        case "none": self = .none
        case let name?: self = .recipe(try Recipe(checked: name, or: " or “none”"))
        }
    }
}

extension Recipe {
    /// - Parameters:
    ///   - name: The value from the client.
    ///   - others: Other valid values, for the error.
    /// - Throws: `invalid_argument`.
    init(checked name: String, or others: String = "") throws(UploadError) {
        guard let recipe = Recipe(name: name) else {
            let names = Recipe.allCases.map { "“\($0.name)”" }.joined(separator: ", ")
            throw UploadError(.invalidArgument("derive", "must be \(names)\(others)"))
        }
        self = recipe
    }
}
