extension SourceText {
    /// The modules imported, whatever attributes and access level an import has, and whether it names one declaration.
    var imports: [Import] {
        lines.enumerated().flatMap { index, line in
            line.code.split(separator: ";").compactMap { statement in
                Self.module(of: statement).map {
                    Import(line: index + 1, module: $0, isPublic: statement.contains("public import"))
                }
            }
        }
    }

    struct Import: Equatable {
        let line: Int
        let module: String
        /// Whether the module's types can be part of the public interface.
        var isPublic = false
    }

    private static let accessLevels: Set<Substring> = ["public", "package", "internal", "fileprivate", "private"]
    private static let kinds: Set<Substring> = [
        "struct", "class", "enum", "protocol", "typealias", "func", "let", "var",
    ]

    private static func module(of statement: Substring) -> String? {
        var words = statement.split(whereSeparator: \.isWhitespace)[...]
        words = words.drop { $0.hasPrefix("@") || accessLevels.contains($0) }
        guard words.popFirst() == "import" else { return nil }
        if let kind = words.first, kinds.contains(kind) { words.removeFirst() }
        return words.first?.split(separator: ".").first.map(String.init)
    }
}
