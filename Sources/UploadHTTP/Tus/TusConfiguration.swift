public import HTTPWire
public import TusWire
public import UploadCore

/// The path of tus, the capsule of its uploads, and how clients reach the server.
public struct TusConfiguration: Hashable, Sendable {
    /// The path of creation, also below `/capsules/{capsule}`. Segments of letters, digits, `-` and `_`.
    public var path = "/files"
    /// The capsule of uploads without one in path or metadata; nil for the caller's default one.
    public var capsule: CapsuleId?
    /// The web origins whose pages may use tus.
    public var crossOrigin = CrossOriginPolicy.none
    /// Proxies whose `Forwarded` and `X-Forwarded-*` fields are trusted.
    public var trustedProxies: [AddressRange] = []
    /// The origin in the URLs of uploads: `https://uploads.example.org`, without a trailing slash. nil derives it from
    /// a trusted proxy or from the request of a direct client; behind other proxies URLs are paths.
    public var publicOrigin: String?

    public init() {}

    /// The path with a leading and without a trailing slash.
    var normalPath: String { path.split(separator: "/").map { "/" + $0 }.joined() }
}
