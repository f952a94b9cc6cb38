import HTTPTypes
import HTTPWire
import HummingbirdCore
import UploadCore

/// What every request must be, whatever its endpoint: of one meaning for the server, for proxies and for clients.
enum RequestForm {
    /// - Parameter mountPath: The prefix of the protocol's paths.
    /// - Returns: 404 for a path that only resembles one, since a proxy's rule for `/metrics` does not cover `//metrics`.
    static func failure(of request: Request, at endpoint: Endpoint, mountPath: String) -> RequestFailure? {
        let path = request.uri.path
        // `OPTIONS *` (RFC 9110, section 9.3.7).
        if path == "*", endpoint.method == .options { return nil }
        let isRoot = path == mountPath || path == mountPath + "/"
        // By bytes: `contains` would search by characters.
        let hasEmptySegment = Substring(path).utf8.hasAdjacent(UInt8(ascii: "/"))
        let endsWell = endpoint.permitsTrailingSlash || !path.hasSuffix("/")
        guard isRoot || path.hasPrefix("/") && endsWell && !hasEmptySegment else {
            return RequestFailure.notFound
        }
        return nil
    }

    /// - Returns: 415 for content with a coding, whose bytes would be stored as they are under the type of what they encode.
    static func contentFailure(of fields: HTTPFields, at endpoint: Endpoint) -> RequestFailure? {
        guard fields.contains(.contentEncoding) else { return nil }
        let taken: Set<String> = endpoint.takesGzip ? ["", "identity", "gzip", "x-gzip"] : ["", "identity"]
        return fields.contentCodings.allSatisfy(taken.contains) ? nil : .contentCodingUnsupported
    }
}

extension HTTPFields {
    /// The members of `Content-Encoding`, in lower case.
    var contentCodings: [String] {
        self[values: .contentEncoding].flatMap { $0.split(separator: ",") }.map { $0.trimmingBlanks.lowercased() }
    }
}
