/// What the implementation behind a bucket needs, and what it verifies. Implementations of S3 differ; see `S3Preset`.
public struct S3Engine: Hashable, Sendable {
    public enum Addressing: String, Hashable, Sendable, CaseIterable {
        /// `https://host/bucket/key`.
        case path
        /// `https://bucket.host/key`.
        case virtualHost = "virtual-host"
    }

    /// What lets the engine verify the bytes of a segment on their arrival. One of them: each costs a pass over the bytes.
    public enum Integrity: String, Hashable, Sendable, CaseIterable {
        /// `x-amz-checksum-crc32`, the cheapest.
        case crc32
        /// `Content-MD5` (RFC 1864), the most widely verified and the most expensive.
        case contentMD5 = "content-md5"
        /// The SHA-256 of the bytes in `x-amz-content-sha256`, which is a part of the signature. The only one that also
        /// prevents changes on purpose, on a connection without TLS.
        case signedPayload = "signed-payload"
        /// Nothing but the length.
        case none
    }

    public enum Deletion: String, Hashable, Sendable, CaseIterable {
        /// DeleteObjects, up to 1,000 keys in a request.
        case batch
        /// A DELETE request for each key.
        case single
    }

    public var addressing: Addressing
    public var integrity: Integrity
    public var deletion: Deletion

    public init(addressing: Addressing, integrity: Integrity, deletion: Deletion = .batch) {
        self.addressing = addressing
        self.integrity = integrity
        self.deletion = deletion
    }
}

/// Implementations of S3 with which the store was designed to work.
public enum S3Preset: String, Hashable, Sendable, CaseIterable {
    case aws
    case seaweedFS = "seaweedfs"
    case cephRGW = "ceph-rgw"
    case openStackSwift = "openstack-swift"

    public var engine: S3Engine {
        switch self {
        case .aws: S3Engine(addressing: .virtualHost, integrity: .crc32)
        // Ignores a wrong `x-amz-content-sha256` (4.48).
        case .seaweedFS: S3Engine(addressing: .path, integrity: .crc32)
        // Ignore checksum headers (Ceph 16, Swift 2.30) and verify signed payloads.
        case .cephRGW, .openStackSwift: S3Engine(addressing: .path, integrity: .signedPayload)
        }
    }

    /// The region in signatures where the engine ignores it; nil where it must be stated.
    var defaultRegion: String? { self == .aws ? nil : "us-east-1" }
}
