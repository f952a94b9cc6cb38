public import HTTPTypes
public import UploadCore

/// The one table from the engine's error codes to statuses and retry times. A protocol that needs others overrides single entries
/// (`UploadProtocol.adjust`).
public struct ErrorStatus: Hashable, Sendable {
    public let status: HTTPResponse.Status
    /// `Retry-After` for clients without a policy of their own, before they add jitter. Slots of a caller become free as its bodies
    /// end; a busy store recovers sooner.
    public let retryAfterSeconds: Int?

    private init(_ status: HTTPResponse.Status, retryAfterSeconds: Int? = nil) {
        self.status = status
        self.retryAfterSeconds = retryAfterSeconds
    }

    /// Codes of a newer engine become 500.
    public init(_ code: UploadError.Code) {
        self = Self.byCode[code] ?? Self(.internalServerError)
    }

    private static let byCode: [UploadError.Code: ErrorStatus] = [
        .invalidArgument: .init(.badRequest),
        .notFound: .init(.notFound),
        .forbidden: .init(.forbidden),
        .gone: .init(.gone),
        .committed: .init(.conflict),
        .incomplete: .init(.conflict),
        .chunkConflict: .init(.conflict),
        .idempotencyConflict: .init(.conflict),
        .alreadyExists: .init(.conflict),
        .inUse: .init(.conflict),
        .offsetMismatch: .init(.conflict),
        .superseded: .init(.conflict),
        .tooLarge: .init(.contentTooLarge),
        .tooMany: .init(.tooManyRequests, retryAfterSeconds: 5),
        .checksumMismatch: .init(.unprocessableContent),
        .sizeMismatch: .init(.unprocessableContent),
        .storeFull: .init(HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage")),
        .storeCorrupt: .init(.internalServerError),
        .storeLocked: .init(.serviceUnavailable, retryAfterSeconds: 1),
        .unsupportedFormat: .init(.internalServerError),
        .unavailable: .init(.serviceUnavailable, retryAfterSeconds: 1),
    ]
}
