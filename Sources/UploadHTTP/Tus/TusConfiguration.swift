public import TusWire
public import UploadCore

/// Where tus is served and for whom.
public struct TusConfiguration: Hashable, Sendable {
    /// The path at which uploads are created; the same below `/capsules/{capsule}`. Segments of plain characters.
    public var path = "/files"
    /// Where uploads go that name no capsule, in path or metadata; nil for the caller's default capsule.
    public var capsule: CapsuleId?
    /// Pages of which other origins may use it.
    public var crossOrigin = CrossOriginPolicy.none
    /// The proxies whose word on how clients see this server counts; nobody else's does.
    public var trustedProxies: [AddressRange] = []
    /// What stands before the path in the URLs of uploads: `https://uploads.example.org`, with no slash at its end. With nil it
    /// is what a trusted proxy says, or what a client that came directly has asked for, or, behind other proxies, nothing.
    public var publicOrigin: String?

    public init() {}

    /// The path with a slash at its beginning and none at its end.
    var normalPath: String { path.split(separator: "/").map { "/" + $0 }.joined() }
}
