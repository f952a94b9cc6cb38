public import HTTPTypes
public import HTTPWire

/// The operations, by their names in metrics.
public enum ResumableOperation: String, CaseIterable, Hashable, Sendable {
    case options = "resumableOptions"
    case create = "resumableCreate"
    case head = "resumableHead"
    /// The state of an upload, or the final response again.
    case get = "resumableGet"
    case append = "resumableAppend"
    case cancel = "resumableCancel"

    /// - Returns: nil for a method that the URL of an upload does not have.
    public init?(ofUpload method: HTTPRequest.Method) {
        switch method {
        case .options: self = .options
        case .head: self = .head
        case .get: self = .get
        case .patch: self = .append
        case .delete: self = .cancel
        default: return nil
        }
    }

    /// The methods of the URL of an upload.
    public static let methodsOfUpload: [HTTPRequest.Method] = [.options, .head, .get, .patch, .delete]
    /// The methods that create an upload.
    public static let methodsOfCreation: [HTTPRequest.Method] = [.post, .put]

    /// Whether a request to the URL of an upload is one of this protocol, rather than of tus or of a browser.
    public static func isMeant(by request: HTTPRequest) -> Bool {
        let fields = request.headerFields
        if fields[ResumableField.interopVersion] != nil { return true }
        guard request.method == .patch else { return false }
        return ResumableAppend.isPartialUpload(fields) || fields[ResumableField.uploadComplete] != nil
            || fields[ResumableField.uploadIncomplete] != nil
    }

    /// Old versions require that status and cancellation have no field of the upload's state.
    ///
    /// - Throws: 400.
    public func requireNoState(_ fields: HTTPFields) throws(RequestFailure) {
        guard self == .head || self == .cancel, InteropVersion(fields)?.refusesStateFields == true else { return }
        let state = [
            ResumableField.uploadOffset, ResumableField.uploadComplete, ResumableField.uploadIncomplete,
            ResumableField.uploadLength,
        ]
        for name in state where fields[name] != nil {
            throw .invalidStructuredField(name, "must not be sent with this request")
        }
    }
}
