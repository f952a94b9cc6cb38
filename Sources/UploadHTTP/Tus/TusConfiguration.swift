import HTTPTypes
public import HTTPWire
import ResumableWire
import TusWire
public import UploadCore

/// The path of tus, the capsule of its uploads, and the pages that may use it.
public struct TusConfiguration: Hashable, Sendable {
    /// The path of creation, also below `/capsules/{capsule}`. Segments of letters, digits, `-` and `_`.
    public var path = "/files"
    /// The capsule of uploads without one in path or metadata; nil for the caller's default one.
    public var capsule: CapsuleId?
    /// The web origins whose pages may use tus.
    public var crossOrigin = CrossOriginPolicy.none
    /// Whether their browsers may send cookies and other credentials. Without effect unless origins are listed.
    public var crossOriginCredentials = false
    /// The names of fields that these pages may send besides those of tus. Without effect unless origins are listed.
    public var crossOriginRequestFields: [String] = []
    /// The status for an upload that was deleted or has expired.
    public var endedStatus = EndedStatus.notFound

    public init() {}

    public enum EndedStatus: String, CaseIterable, Hashable, Sendable {
        /// After which every client creates a new upload; some do so after no other status.
        case notFound = "404"
        case gone = "410"
    }

    package var crossOriginExtras: CrossOriginExtras {
        CrossOriginExtras(allowsCredentials: crossOriginCredentials, requestFields: crossOriginRequestFields)
    }

    /// For both protocols of the path: a preflight request does not say which one will follow.
    var access: CrossOriginAccess {
        Tus.crossOriginAccess(
            crossOrigin, crossOriginExtras, otherMethods: [.put],
            otherRequestFields: ResumableField.ofRequests.filter {
                $0 != TusField.uploadOffset && $0 != TusField.uploadLength
            },
            otherResponseFields: ResumableField.ofResponses.filter {
                $0 != TusField.uploadOffset && $0 != TusField.uploadLength
            })
    }

    /// The path with a leading and without a trailing slash.
    var normalPath: String { path.split(separator: "/").map { "/" + $0 }.joined() }
}
