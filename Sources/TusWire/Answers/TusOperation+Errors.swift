import HTTPTypes
public import HTTPWire
public import UploadModel

extension TusOperation {
    /// Overrides the common table where the protocol or the behaviour of its clients requires another status:
    ///
    /// - `HEAD` reports temporary failures as 423, the only status after which clients retry the same upload; after any
    ///   other they forget its URL and start over.
    /// - `PATCH` reports a busy server as 503: clients retry after that, and give up after 429.
    /// - An offset conflict includes the right offset.
    public func adjust(_ failure: inout RequestFailure, for error: UploadError) {
        failure.status = status(for: error.code) ?? failure.status
        failure.retryAfterSeconds = retrySeconds(for: error.code)
        if error.code == .offsetMismatch,
            case .number(let offset)? = failure.details.first(where: { $0.name == "offset" })?.value
        {
            failure.fields[TusField.uploadOffset] = String(offset)
        }
    }

    private func status(for code: UploadError.Code) -> HTTPResponse.Status? {
        if self == .head, Self.temporary.contains(code) { return .locked }
        if self == .patch, code == .tooMany { return .serviceUnavailable }
        return switch code {
        case .checksumMismatch: .checksumMismatch
        case .sizeMismatch: .contentTooLarge
        default: nil
        }
    }

    /// nil leaves the delay to the client.
    private func retrySeconds(for code: UploadError.Code) -> Int? {
        guard Self.temporary.contains(code), code != .superseded || self == .head else { return nil }
        return code == .tooMany || code == .storeFull ? 5 : 1
    }

    private static let temporary: Set<UploadError.Code> = [
        .unavailable, .storeFull, .storeLocked, .superseded, .tooMany,
    ]
}
