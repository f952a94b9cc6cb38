/// What is made of an upload once it is committed.
public enum Recipe: Int, Hashable, Sendable, CaseIterable {
    /// A memory of the original and of its `display`, `thumb` and `placeholder`.
    case photo = 1

    /// As clients write it.
    public var name: String {
        switch self {
        case .photo: "photo"
        }
    }

    public init?(name: String) {
        guard let recipe = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = recipe
    }
}
