public import HTTPWire
public import UploadCore

/// The path of tus, the capsule of its uploads, and the pages that may use it.
public struct TusConfiguration: Hashable, Sendable {
    /// The path of creation, also below `/capsules/{capsule}`. Segments of letters, digits, `-` and `_`.
    public var path = "/files"
    /// The capsule of uploads without one in path or metadata; nil for the caller's default one.
    public var capsule: CapsuleId?
    /// The web origins whose pages may use tus.
    public var crossOrigin = CrossOriginPolicy.none

    public init() {}

    /// The path with a leading and without a trailing slash.
    var normalPath: String { path.split(separator: "/").map { "/" + $0 }.joined() }
}
