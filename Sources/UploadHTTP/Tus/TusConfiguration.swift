public import HTTPWire
public import TusWire
public import UploadCore

/// The path of tus, the capsule of its uploads, and how clients reach the server.
public struct TusConfiguration: Hashable, Sendable {
    /// The path of creation, also below `/capsules/{capsule}`. Segments of letters, digits, `-` and `_`.
    public var path = "/files"
    /// The capsule of uploads that name none in path or metadata; nil for the caller's default one.
    public var capsule: CapsuleId?
    /// The web origins whose pages may use tus.
    public var crossOrigin = CrossOriginPolicy.none
    /// Proxies whose `Forwarded` and `X-Forwarded-*` fields are believed.
    public var trustedProxies: [AddressRange] = []
    /// The origin in the URLs of uploads: `https://uploads.example.org`, without a slash at its end. nil derives it from a trusted proxy or
    /// from the request of a direct client; behind other proxies URLs have none.
    public var publicOrigin: String?

    public init() {}

    /// The path with a slash at its beginning and none at its end.
    var normalPath: String { path.split(separator: "/").map { "/" + $0 }.joined() }
}
