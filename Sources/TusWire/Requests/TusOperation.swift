public import HTTPTypes
public import HTTPWire

/// The operations, by their names in metrics.
public enum TusOperation: String, CaseIterable, Hashable, Sendable {
    case options = "tusOptions"
    case create = "tusCreate"
    case head = "tusHead"
    case patch = "tusPatch"
    case terminate = "tusTerminate"
    case download = "tusDownload"

    /// The operations of the URL that creates uploads.
    public static let ofCreationURL: [TusOperation] = [.options, .create]
    /// The operations of the URL of an upload.
    public static let ofUploadURL: [TusOperation] = [.options, .head, .patch, .terminate, .download]

    public var method: HTTPRequest.Method {
        switch self {
        case .options: .options
        case .create: .post
        case .head: .head
        case .patch: .patch
        case .terminate: .delete
        case .download: .get
        }
    }

    /// The operation of a request. `X-HTTP-Method-Override` overrides the method.
    ///
    /// - Returns: nil for operations outside of `allowed`.
    public init?(_ request: HTTPRequest, of allowed: [TusOperation]) {
        let method = request.headerFields[TusField.methodOverride] ?? request.method.rawValue
        guard let operation = allowed.first(where: { $0.method.rawValue == method }) else { return nil }
        self = operation
    }
}

extension TusOperation {
    /// Checks the version of the protocol.
    ///
    /// `OPTIONS` is answered for any version. `GET`, which the protocol does not define, and `HEAD` may leave the field
    /// out, as browsers and content delivery networks do.
    ///
    /// - Throws: 412.
    public func requireVersion(_ fields: HTTPFields) throws(RequestFailure) {
        if self == .options { return }
        let given = fields[TusField.resumable]
        if given == nil, self == .download || self == .head { return }
        guard given == Tus.version else { throw .unsupportedVersion(given) }
    }
}
