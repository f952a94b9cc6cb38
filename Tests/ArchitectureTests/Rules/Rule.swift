/// Something that the source must not contain: a pure function from a text to the places where it does.
struct Rule: Sendable {
    let check: @Sendable (SourceText) -> [Violation]

    init(_ check: @escaping @Sendable (SourceText) -> [Violation]) {
        self.check = check
    }

    /// A rule about single lines.
    init(_ message: String, where isViolated: @escaping @Sendable (SourceText.Line) -> Bool) {
        check = { text in
            text.lines.enumerated()
                .filter { isViolated($0.element) }
                .map { Violation(line: $0.offset + 1, message: message) }
        }
    }
}

struct Violation: Equatable {
    let line: Int
    let message: String
}
