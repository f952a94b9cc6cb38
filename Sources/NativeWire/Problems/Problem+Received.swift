public import HTTPTypes

/// The client's half.
extension Problem {
    /// An answer with an error status, as a client got it. One that is no problem of ours, from a proxy between perhaps,
    /// becomes one with the code `unexpected_answer`.
    public init(status: HTTPResponse.Status, fields: HTTPFields, body: [UInt8]) {
        self.init(
            status, "unexpected_answer", "The server answered \(status.code).",
            "Check the address; this did not come from Wharf.", fields: fields)
        let type = fields[.contentType].flatMap { try? MediaType($0) }
        if type?.essence == Self.contentType, let known = try? NativeJSON.decode(ProblemDocument.self, from: body) {
            document = known
        }
    }
}
