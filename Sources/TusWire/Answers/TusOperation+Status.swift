public import HTTPTypes
public import UploadCore

extension TusOperation {
    /// The status with which a refusal of the engine's is answered. What clients do then decides some of them:
    ///
    /// - to `HEAD`, a trouble that passes is 423: that is the one status after which clients ask again for the same upload;
    ///   after any other they forget its URL and begin anew;
    /// - to `PATCH`, being busy is 503: clients try again after that, and give up after 429.
    public func status(for code: UploadError.Code) -> HTTPResponse.Status {
        if self == .head, Self.passing.contains(code) { return .locked }
        if self == .patch, code == .tooMany { return .serviceUnavailable }
        return Self.byCode[code] ?? .internalServerError
    }

    /// Seconds after which trying again makes sense; nil where that is up to the client.
    public func retrySeconds(for code: UploadError.Code) -> Int? {
        guard Self.passing.contains(code), code != .superseded || self == .head else { return nil }
        return code == .tooMany || code == .storeFull ? 5 : 1
    }

    private static let passing: Set<UploadError.Code> = [
        .unavailable, .storeFull, .storeLocked, .superseded, .tooMany,
    ]

    /// A code that is not here is one that a newer engine has.
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
        .checksumMismatch: .checksumMismatch,
        .sizeMismatch: .contentTooLarge,
        .storeFull: .insufficientStorage,
        .storeCorrupt: .internalServerError,
        .storeLocked: .serviceUnavailable,
        .unsupportedFormat: .internalServerError,
        .unavailable: .serviceUnavailable,
    ]
}
