public import HTTPTypes

/// The web origins whose pages may use a protocol (the Fetch standard, “HTTP-network-or-cache fetch” with CORS).
/// Cookies and other credentials of the browser are never admitted; tokens in `Authorization` are the page's own.
public enum CrossOriginPolicy: Hashable, Sendable {
    /// Same origin only: for servers without authentication.
    case none
    /// These origins: `https://app.example.org`, with the port unless it is the default one.
    case origins(Set<String>)
    /// Every origin.
    case any

    public func admits(_ origin: String) -> Bool {
        switch self {
        case .none: false
        case .origins(let origins): origins.contains(origin)
        case .any: true
        }
    }
}

/// Cross-origin access to one protocol: the admitted origins, and the methods and fields that their pages may use.
public struct CrossOriginAccess: Sendable {
    public let policy: CrossOriginPolicy
    private let methods: String
    private let requestFields: String
    private let responseFields: String

    /// - Parameters:
    ///   - requestFields: Fields that pages may send.
    ///   - responseFields: Fields that pages may read.
    public init(
        _ policy: CrossOriginPolicy, methods: [HTTPRequest.Method], requestFields: [HTTPField.Name],
        responseFields: [HTTPField.Name]
    ) {
        self.policy = policy
        self.methods = methods.map(\.rawValue).joined(separator: ", ")
        self.requestFields = requestFields.map(\.rawName).joined(separator: ", ")
        self.responseFields = responseFields.map(\.rawName).joined(separator: ", ")
    }

    /// The CORS fields of a response.
    ///
    /// - Parameter isOptions: Whether the request may be a preflight.
    public func fields(for request: HTTPFields, isOptions: Bool) -> HTTPFields {
        if policy == .none { return [:] }
        // Caches must not serve the response for one origin to another.
        var fields: HTTPFields = [.vary: "Origin"]
        guard let origin = request[.origin], policy.admits(origin) else { return fields }
        fields[.accessControlAllowOrigin] = origin
        if isOptions, request[.accessControlRequestMethod] != nil {
            fields[.accessControlAllowMethods] = methods
            fields[.accessControlAllowHeaders] = requestFields
            fields[.accessControlMaxAge] = "86400"
        } else {
            fields[.accessControlExposeHeaders] = responseFields
        }
        return fields
    }
}
