import HTTPWire

/// The place of a store's segments: a prefix of a bucket, and how to reach it.
///
///     s3://photos/wharf?region=eu-central-1
///     s3://photos?endpoint=http://127.0.0.1:8333&preset=seaweedfs
///
/// The location has no secret; see `S3Credentials`.
public struct S3Location: Hashable, Sendable {
    public struct Endpoint: Hashable, Sendable {
        public let isSecure: Bool
        /// A host name, an IPv4 address, or an IPv6 address in brackets.
        public let host: String
        public let port: Int

        var scheme: String { isSecure ? "https" : "http" }
        /// As in the Host field: without the default port of the scheme.
        var authority: String { port == (isSecure ? 443 : 80) ? host : "\(host):\(port)" }
    }

    public let bucket: String
    /// Empty, or ends with a slash.
    public let prefix: String
    public let endpoint: Endpoint
    public let region: String
    public let engine: S3Engine

    /// The bucket, the prefix and the endpoint's scheme and authority: engines may have buckets of the same name.
    package var identity: String { "s3://\(bucket)/\(prefix) at \(endpoint.scheme)://\(endpoint.authority)" }

    /// The Host field of every request.
    var authority: String {
        engine.addressing == .virtualHost ? "\(bucket).\(endpoint.authority)" : endpoint.authority
    }

    /// The path of an object, or of the bucket for an empty name, percent-encoded once as signatures of S3 have it. Names of
    /// segments have unreserved characters only (RFC 3986 §2.3); those of published objects any.
    func path(of name: String) -> String {
        let name = name.utf8.percentEncoded { $0.isUnreserved || $0 == UInt8(ascii: "/") }
        return engine.addressing == .virtualHost ? "/" + name : name.isEmpty ? "/" + bucket : "/\(bucket)/\(name)"
    }
}
