/// A blob that becomes an asset of the memory derived from an upload: the video of a Live Photo, the raw file beside a
/// JPEG.
public struct Companion: Hashable, Sendable {
    /// The raw values are stored.
    public enum Kind: Int, Hashable, Sendable, CaseIterable {
        case video = 1
        case raw = 2
        /// Instructions of an editor: AAE, XMP.
        case sidecar = 3

        /// The kind of the asset.
        public var assetKind: AssetKind {
            switch self {
            case .video: .video
            case .raw: .raw
            case .sidecar: .sidecar
            }
        }

        /// The name on the wire.
        public var name: String { assetKind.name }

        public init?(name: String) {
            guard let kind = Self.allCases.first(where: { $0.name == name }) else { return nil }
            self = kind
        }
    }

    public let kind: Kind
    public let blob: BlobId

    public init(kind: Kind, blob: BlobId) {
        self.kind = kind
        self.blob = blob
    }

    /// - Parameters:
    ///   - kind: The name of the kind.
    ///   - blob: The text of the id.
    /// - Throws: `invalid_argument` for an unknown kind; `not_found` for a malformed id, as for an unknown one.
    public init(kind: String, blob: String) throws(UploadError) {
        guard let kind = Kind(name: kind) else {
            let names = Kind.allCases.map { "“\($0.name)”" }.joined(separator: ", ")
            throw UploadError(.invalidArgument("companions", "must be of the kinds \(names)"))
        }
        guard let blob = BlobId(text: blob) else { throw UploadError(.notFound(.blob)) }
        self.init(kind: kind, blob: blob)
    }
}

extension [Companion] {
    /// Reads the form of queries and metadata: `video:BLOB,raw:BLOB`. An empty text names none.
    ///
    /// - Throws: As `Companion.init(kind:blob:)`; `invalid_argument` for another form.
    public init(text: String) throws(UploadError) {
        self = try text.split(separator: ",").map { part throws(UploadError) in
            let fields = part.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count == 2 else {
                throw UploadError(.invalidArgument("companions", "must have the form KIND:BLOB,KIND:BLOB"))
            }
            return try Companion(kind: String(fields[0]), blob: String(fields[1]))
        }
    }
}

extension RecipeChoice {
    /// The choice with companions of the memory. No companions change nothing.
    ///
    /// - Throws: `invalid_argument` unless the choice is a recipe, which makes a memory in any case.
    public func with(_ companions: [Companion]) throws(UploadError) -> RecipeChoice {
        if companions.isEmpty { return self }
        guard case .recipe(let recipe, _) = self else {
            throw UploadError(.invalidArgument("companions", "need a memory: “derive” must be “photo”"))
        }
        return .recipe(recipe, companions: companions)
    }

    package var companions: [Companion] {
        if case .recipe(_, let companions) = self { companions } else { [] }
    }

    /// The explicitly requested recipe.
    package var recipe: Recipe? {
        if case .recipe(let recipe, _) = self { recipe } else { nil }
    }
}
