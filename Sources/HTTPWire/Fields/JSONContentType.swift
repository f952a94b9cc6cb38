public import HTTPTypes

/// Whether a request declares its body as JSON.
///
/// A page can make a browser send a body of three types to any server without asking it first (the Fetch standard,
/// “CORS-safelisted request-header”): forms and plain text. A server that reads JSON under these reads it from every page.
public enum JSONContentType {
    /// - Returns: true for `application/json` and types that end in `+json`; and without a type, if the request
    ///   does not come from a page in a browser.
    public static func isDeclared(in fields: HTTPFields) -> Bool {
        let types = fields[values: .contentType]
        guard let text = types.first else { return fields[.origin] == nil && fields[.secFetchSite] == nil }
        guard types.count == 1, let type = try? MediaType(text) else { return false }
        return type.essence == MediaType.json.essence || type.essence.hasSuffix("+json")
    }
}
