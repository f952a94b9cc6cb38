/// A problem with a value of the right JSON type, as text that follows the name of its field.
struct WireValueProblem: Error {
    let text: String
}

extension DecodingError {
    /// An error whose text `NativeJSON` passes on.
    static func refusing(_ problem: String, at path: [any CodingKey]) -> DecodingError {
        .dataCorrupted(
            Context(codingPath: path, debugDescription: problem, underlyingError: WireValueProblem(text: problem)))
    }
}
