import UploadModel

extension Schema {
    static let derivations = [derivation, listedDerivation, derivationList, capsulePatch, derive]

    private static let parts: [Property] = [
        .must("recipe", .choice(SchemaType.recipes)),
        .must("state", .choice(DerivationDocument.State.allCases.map(\.rawValue))),
        .must("attempts", .number), .may("reason", .text, "Why the last attempt came to nothing."),
        .may("memory", .text, "Of a failed one, it has the original alone."), .may("next_attempt_at", .time),
    ]

    static let derivation = Schema("Derivation", "What is made, or was made, of an upload.", parts)

    static let listedDerivation = Schema(
        "ListedDerivation", "What is made, or was made, of one of a capsule's uploads.",
        [.must("upload", .text), .must("name", .text)] + parts)

    static let derivationList = Schema(
        "DerivationList", "One page of derivations.",
        [
            .must("derivations", .list(of: .document("ListedDerivation"))),
            .may("next", .text, "The cursor of the next page."),
        ])

    static let capsulePatch = Schema(
        "CapsulePatch", "A JSON merge patch (RFC 7396): null clears, what is not there stays.",
        [.may("title", .orNull(.text)), .may("derive", .orNull(.choice(SchemaType.recipes)))])

    static let derive = Schema(
        "Derive", "What the server makes of uploads that ask for it.",
        [
            .must("recipes", .list(of: .text)),
            .must("is_on", .flag, "While it is not, what was asked for waits."),
        ])
}

extension SchemaType {
    static let recipes = Recipe.allCases.map(\.name)
    /// The values in requests.
    static let derivations = recipes + ["none"]
}
