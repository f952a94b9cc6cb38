public import HTTPTypes
public import HTTPWire
public import UploadModel

/// A failed request as a problem document (RFC 9457), with its status and the header fields that belong to it.
///
/// Servers create it from a `RequestFailure`, clients from a response (`init(status:fields:body:)`).
public struct Problem: Error, Hashable, Sendable {
    public var document: ProblemDocument
    public var status: HTTPResponse.Status
    /// In addition to `Content-Type`: `Retry-After`, `WWW-Authenticate`, `Allow`, `Content-Range`.
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

    public init(_ failure: RequestFailure) {
        self.init(failure.status, failure.code, failure.title, failure.advice, fields: failure.fields)
        for detail in failure.details { document.add(detail) }
        document.incident = failure.incident
    }

    /// An error of the engine as the native API reports it: message, advice and values, without the details for the
    /// log.
    public init(_ error: UploadError) {
        self.init(RequestFailure(error))
    }

    /// The document as the body of the response.
    public func encoded() -> [UInt8] {
        // Texts and numbers are always encodable.
        (try? NativeJSON.encode(document)) ?? []
    }
}

// MARK: - Received by a client

extension Problem {
    /// A response with an error status, as a client received it. A response that is not a problem of Wharf, for example
    /// from a proxy, gets the code `unexpected_answer`.
    public init(status: HTTPResponse.Status, fields: HTTPFields, body: [UInt8]) {
        self.init(
            status, "unexpected_answer", "The server answered \(status.code).",
            "Check the address; this did not come from Wharf.", fields: fields)
        // The response to a HEAD has no body.
        if body.isEmpty, status == .unauthorized { document = Problem(RequestFailure.unauthenticated).document }
        let type = fields[.contentType].flatMap { try? MediaType($0) }
        if type?.essence == Self.contentType, let known = try? NativeJSON.decode(ProblemDocument.self, from: body) {
            document = known
        }
    }
}

extension ProblemDocument {
    fileprivate mutating func add(_ detail: RequestFailure.Detail) {
        switch (detail.name, detail.value) {
        case ("argument", .text(let text)): argument = text
        case ("limit", .text(let text)): limit = text
        case ("expected", .text(let text)): expected = .text(text)
        case ("actual", .text(let text)): actual = .text(text)
        case ("expected", .number(let number)): expected = .number(number)
        case ("actual", .number(let number)): actual = .number(number)
        case ("index", .number(let number)): index = number
        case ("missing_bytes", .number(let number)): missingBytes = number
        case ("offset", .number(let number)): offset = number
        case ("given", .number(let number)): given = number
        case ("maximum", .number(let number)): maximum = number
        case ("quota", .number(let number)): quota = number
        case ("used", .number(let number)): used = number
        case ("requested", .number(let number)): requested = number
        case ("accepted", .text(let text)): accepted = text
        case ("found", .number(let number)): found = number
        case ("supported", .number(let number)): supported = number
        case ("store", .text(let text)): store = text
        case ("missing", .ranges(let ranges)): missing = ranges.map(\.pair)
        default: break
        }
    }
}
