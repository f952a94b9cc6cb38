public import HTTPTypes

/// An answer that says what went wrong (RFC 9457): the document, its status and the fields that belong to it.
public struct Problem: Error, Hashable, Sendable {
    public var document: ProblemDocument
    public var status: HTTPResponse.Status
    /// Beside `Content-Type`: `Retry-After`, `WWW-Authenticate`, `Allow`, `Content-Range`.
    public var fields: HTTPFields

    public static let contentType = "application/problem+json"

    public var code: String { document.code }

    package init(
        _ status: HTTPResponse.Status, _ code: String, _ title: String, _ advice: String, fields: HTTPFields = [:]
    ) {
        document = ProblemDocument(title: title, status: status.code, detail: advice, code: code)
        self.status = status
        self.fields = fields
    }

    /// The document as the body of the answer.
    public func encoded() -> [UInt8] {
        // Its fields are texts and numbers, which JSON has.
        (try? NativeJSON.encode(document)) ?? []
    }
}
