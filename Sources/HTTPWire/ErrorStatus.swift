public import HTTPTypes
public import UploadModel

/// The one table of statuses and retry delays by error code of the engine. Protocols override single entries
/// (`UploadProtocol.adjust`).
public struct ErrorStatus: Hashable, Sendable {
    public let status: HTTPResponse.Status
    /// `Retry-After`, before clients add jitter. Slots of a caller become free as its bodies end; a busy store recovers
    /// sooner.
    public let retryAfterSeconds: Int?

    private init(status: HTTPResponse.Status, retryAfterSeconds: Int? = nil) {
        self.status = status
        self.retryAfterSeconds = retryAfterSeconds
    }

    /// Unknown codes become 500.
    public init(_ code: UploadError.Code) {
        self = Self.byCode[code] ?? Self(status: .internalServerError)
    }

    private static let byCode: [UploadError.Code: ErrorStatus] = [
        .invalidArgument: .init(status: .badRequest),
        .notFound: .init(status: .notFound),
        .forbidden: .init(status: .forbidden),
        .gone: .init(status: .gone),
        .committed: .init(status: .conflict),
        .incomplete: .init(status: .conflict),
        .chunkConflict: .init(status: .conflict),
        .idempotencyConflict: .init(status: .conflict),
        .alreadyExists: .init(status: .conflict),
        .inUse: .init(status: .conflict),
        .offsetMismatch: .init(status: .conflict),
        .superseded: .init(status: .conflict),
        .tooLarge: .init(status: .contentTooLarge),
        .typeNotAccepted: .init(status: .unsupportedMediaType),
        .linkExpired: .init(status: .forbidden),
        .tooMany: .init(status: .tooManyRequests, retryAfterSeconds: 5),
        .quotaExceeded: .init(status: HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage")),
        .checksumMismatch: .init(status: .unprocessableContent),
        .sizeMismatch: .init(status: .unprocessableContent),
        .storeFull: .init(status: HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage")),
        .storeCorrupt: .init(status: .internalServerError),
        .storeLocked: .init(status: .serviceUnavailable, retryAfterSeconds: 1),
        .unsupportedFormat: .init(status: .internalServerError),
        .unavailable: .init(status: .serviceUnavailable, retryAfterSeconds: 1),
    ]
}
