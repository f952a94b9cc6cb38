public import HTTPTypes

/// Which web pages of other origins may use tus (the Fetch standard, “HTTP-network-or-cache fetch” with CORS). Cookies and
/// other credentials of the browser's are never admitted; tokens in `Authorization` are the page's own.
public enum CrossOriginPolicy: Hashable, Sendable {
    /// None. Right for a server that takes everybody for the same caller.
    case none
    /// Those of these origins: `https://app.example.org`, with the port where it is not the usual one.
    case origins(Set<String>)
    /// Those of all.
    case any

    private static let readable = [
        TusField.uploadOffset, TusField.uploadLength, TusField.uploadDeferLength, TusField.uploadMetadata,
        TusField.uploadConcat, TusField.uploadExpires, TusField.resumable, TusField.version, TusField.extension,
        TusField.maxSize, TusField.checksumAlgorithm, .location, .retryAfter, .contentLength, .contentRange,
        .acceptRanges, .contentDisposition, .eTag,
    ].map(\.rawName).joined(separator: ", ")

    private static let sendable = [
        TusField.uploadOffset, TusField.uploadLength, TusField.uploadDeferLength, TusField.uploadMetadata,
        TusField.uploadConcat, TusField.uploadChecksum, TusField.resumable, TusField.methodOverride, .authorization,
        .contentType, .range, .ifNoneMatch, .ifRange, TusField.name("Idempotency-Key"), TusField.name("X-Request-ID"),
        TusField.name("X-Requested-With"),
    ].map(\.rawName).joined(separator: ", ")

    private static let methods = ["POST", "HEAD", "PATCH", "DELETE", "GET", "OPTIONS"].joined(separator: ", ")

    /// What an answer says to the browser.
    ///
    /// - Parameter isOptions: Whether the request may be a preflight.
    public func fields(for request: HTTPFields, isOptions: Bool) -> HTTPFields {
        if self == .none { return [:] }
        var fields: HTTPFields = [.vary: "Origin"]
        guard let origin = request[.origin], admits(origin) else { return fields }
        fields[.accessControlAllowOrigin] = origin
        if isOptions, request[.accessControlRequestMethod] != nil {
            fields[.accessControlAllowMethods] = Self.methods
            fields[.accessControlAllowHeaders] = Self.sendable
            fields[.accessControlMaxAge] = "86400"
        } else {
            fields[.accessControlExposeHeaders] = Self.readable
        }
        return fields
    }

    private func admits(_ origin: String) -> Bool {
        switch self {
        case .none: false
        case .origins(let origins): origins.contains(origin)
        case .any: true
        }
    }
}
