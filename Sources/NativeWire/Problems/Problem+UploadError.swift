import HTTPTypes
public import UploadCore

extension Problem {
    /// What the engine refused or failed to do. Shows the message, the advice and the values, nothing of the log's.
    public init(_ error: UploadError) {
        let status = HTTPResponse.Status(error.code)
        self.init(status, error.code.rawValue, error.message, error.advice)
        if let seconds = Self.retrySeconds[status] { fields[.retryAfter] = String(seconds) }
        for field in error.fields { document.add(field) }
    }

    /// What clients that have nothing better to go by wait, before they add their own jitter. Slots of a caller come
    /// free as its bodies end; a store that is busy answers again soon.
    private static let retrySeconds: [HTTPResponse.Status: Int] = [.tooManyRequests: 5, .serviceUnavailable: 1]
}

extension HTTPResponse.Status {
    /// The one table from codes to statuses. A code that is not here is one that a newer engine has.
    init(_ code: UploadError.Code) {
        self = Self.byCode[code] ?? .internalServerError
    }

    private static let byCode: [UploadError.Code: HTTPResponse.Status] = [
        .invalidArgument: .badRequest,
        .notFound: .notFound,
        .forbidden: .forbidden,
        .gone: .gone,
        .committed: .conflict,
        .incomplete: .conflict,
        .chunkConflict: .conflict,
        .idempotencyConflict: .conflict,
        .alreadyExists: .conflict,
        .inUse: .conflict,
        .offsetMismatch: .conflict,
        .superseded: .conflict,
        .tooLarge: .contentTooLarge,
        .tooMany: .tooManyRequests,
        .checksumMismatch: .unprocessableContent,
        .sizeMismatch: .unprocessableContent,
        .storeFull: HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage"),
        .storeCorrupt: .internalServerError,
        .storeLocked: .serviceUnavailable,
        .unsupportedFormat: .internalServerError,
        .unavailable: .serviceUnavailable,
    ]
}

extension ProblemDocument {
    mutating func add(_ field: UploadError.Field) {
        switch (field.name, field.value) {
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
        case ("found", .number(let number)): found = number
        case ("supported", .number(let number)): supported = number
        case ("missing", .ranges(let ranges)): missing = ranges.map(\.pair)
        default: break
        }
    }
}
