import NIOHTTP1
import UploadModel

/// A request that did not succeed.
struct S3Failure: Error, Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        /// There is no such object.
        case missing
        /// The object ends before the range.
        case outOfRange
        /// Repeating it changes nothing: credentials, permissions, the bucket, the region.
        case refused
        /// The engine does not accept the key: it is unknown, has expired, or the secret is another.
        case unauthenticated
        /// The endpoint has no valid certificate, or does not speak TLS.
        case untrusted
        /// Refused because of the time in the signature.
        case skewed
        /// The engine has no room, or a quota is used up.
        case full
        /// The engine lacks the operation.
        case unsupported
        /// The engine wants fewer requests.
        case busy
        /// The connection broke, or the engine failed. The request may have been processed.
        case broken
        /// The bytes arrived damaged.
        case damaged
        /// The task was cancelled.
        case cancelled
    }

    var kind: Kind
    /// For the log. Without secrets.
    var detail: String
    /// Of the response that reports it; nil without one.
    var status: Int?

    var isResponse: Bool { status != nil }

    /// Whether the same operation may succeed later.
    var isTemporary: Bool { kind == .busy || kind == .broken || kind == .damaged }

    /// Whether the response comes from an engine that works for this key. A 404 without the code of a missing object may come
    /// from a proxy that has lost its engine.
    var isOfEngine: Bool {
        isResponse && !isTemporary && kind != .unauthenticated && (kind == .missing || status != 404)
    }
}

extension S3Failure {
    /// The failure that a response reports.
    ///
    /// - Parameter body: Its beginning; empty for HEAD.
    init(status: Int, body: String) {
        let error = XMLNode(parsing: body).flatMap { $0.name == "Error" ? $0 : nil }
        self.init(status: status, code: error?["Code"], message: error?["Message"])
    }

    /// - Parameter code: An error code of S3, from the table “Error responses” of its reference.
    init(status: Int, code: String?, message: String?) {
        var detail = "status \(status)"
        if let code { detail += " \(Self.printable(code))" }
        if let message, !message.isEmpty {
            // Its sentence goes on here.
            let text = Self.printable(message)
            detail += ": \(text.hasSuffix(".") ? String(text.dropLast()) : text)"
        }
        self.init(kind: Self.kind(status: status, code: code), detail: detail, status: status)
    }

    private static func kind(status: Int, code: String?) -> Kind {
        switch code {
        case "NoSuchKey": return .missing
        case "NoSuchBucket": return .refused
        case "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "TokenRefreshRequired":
            return .unauthenticated
        case "InvalidRange": return .outOfRange
        case "RequestTimeTooSkewed": return .skewed
        case "QuotaExceeded", "EntityTooLargeForQuota", "InsufficientCapacity", "XMinioStorageFull": return .full
        case "SlowDown", "TooManyRequests", "ServiceUnavailable", "Busy": return .busy
        case "BadDigest", "XAmzContentSHA256Mismatch", "InvalidDigest": return .damaged
        case "IncompleteBody", "RequestTimeout", "InternalError", "OperationAborted": return .broken
        case "NotImplemented", "MethodNotAllowed": return .unsupported
        default: break
        }
        return switch status {
        // Without `NoSuchKey` it is not known what is missing: perhaps the engine.
        case 404: .refused
        case 405, 501: .unsupported
        case 408: .broken
        case 416: .outOfRange
        case 429, 503: .busy
        case 507: .full
        case 500...599: .broken
        default: .refused
        }
    }

    /// A line of limited length: the text comes from the network.
    private static func printable(_ text: String) -> String {
        String(text.prefix(300).map { $0.isNewline || $0.unicodeScalars.contains { $0.value < 0x20 } ? " " : $0 })
    }

    /// As an error of a store in service, about objects that must exist.
    ///
    /// - Parameter subject: The operation.
    func uploadError(_ subject: String) -> UploadError {
        switch kind {
        case .missing, .outOfRange: UploadError(.storeCorrupt(detail: "\(subject): \(detail)"))
        case .full: UploadError(.storeFull)
        case .cancelled: UploadError(.cancelled)
        case .refused, .unauthenticated, .untrusted, .skewed, .unsupported, .busy, .broken, .damaged:
            UploadError(.unavailable(detail: "\(subject): \(detail)"))
        }
    }
}
