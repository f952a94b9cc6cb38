import SessionCore
public import UploadModel

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
