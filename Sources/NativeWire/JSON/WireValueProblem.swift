/// What is wrong with a value that is of the right JSON type, in words that follow the name of its field.
struct WireValueProblem: Error {
    let text: String
}

extension DecodingError {
    /// A refusal that `NativeJSON` passes on in its own words.
    static func refusing(_ problem: String, at path: [any CodingKey]) -> DecodingError {
        .dataCorrupted(
            Context(codingPath: path, debugDescription: problem, underlyingError: WireValueProblem(text: problem)))
    }
}
