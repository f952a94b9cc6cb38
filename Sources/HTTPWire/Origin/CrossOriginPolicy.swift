public import HTTPTypes

/// The web origins whose pages may use a protocol (the Fetch standard, “HTTP-network-or-cache fetch” with CORS).
/// Cookies and other credentials of the browser are admitted by `CrossOriginExtras` only; tokens in `Authorization` are the
/// page's own.
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

/// What pages of listed origins may do in addition, for the needs of a proxy or an application in front of the server: a session
/// cookie and the field that protects it.
public struct CrossOriginExtras: Hashable, Sendable {
    /// Whether their browsers may send cookies and other credentials, and pages then read the responses.
    public var allowsCredentials = false
    /// The names of fields that pages may send besides those of the protocol.
    public var requestFields: [String] = []

    public init(allowsCredentials: Bool = false, requestFields: [String] = []) {
        self.allowsCredentials = allowsCredentials
        self.requestFields = requestFields
    }

    /// Whether a text is the name of a header field (RFC 9110, section 5.1).
    public static func isFieldName(_ text: String) -> Bool { HTTPField.Name(text) != nil }
}

/// Cross-origin access to one protocol: the admitted origins, and the methods and fields that their pages may use.
public struct CrossOriginAccess: Sendable {
    public let policy: CrossOriginPolicy
    private let allowsCredentials: Bool
    private let methods: String
    private let requestFields: String
    private let responseFields: String

    /// - Parameters:
    ///   - requestFields: Fields that pages may send.
    ///   - responseFields: Fields that pages may read.
    ///   - extras: Without effect unless the policy lists origins.
    public init(
        _ policy: CrossOriginPolicy, _ extras: CrossOriginExtras = CrossOriginExtras(), methods: [HTTPRequest.Method],
        requestFields: [HTTPField.Name], responseFields: [HTTPField.Name]
    ) {
        self.policy = policy
        let extras = if case .origins = policy { extras } else { CrossOriginExtras() }
        allowsCredentials = extras.allowsCredentials
        self.methods = methods.map(\.rawValue).joined(separator: ", ")
        self.requestFields = (requestFields.map(\.rawName) + extras.requestFields).joined(separator: ", ")
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
        if allowsCredentials { fields[.accessControlAllowCredentials] = "true" }
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
