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

    public var addressing: Addressing
    public var integrity: Integrity
    /// The keys in a DeleteObjects request, 1 to `deletionBatchMax`; with 1, each key has a DELETE request of its own.
    public var deletionBatch: Int
    /// Whether a part of a multipart upload can be a copy of another object (UploadPartCopy). Where the engine says that it
    /// cannot, parts are sent all the same.
    public var copiesParts: Bool

    public static let deletionBatchMax = 1000

    public init(
        addressing: Addressing, integrity: Integrity, deletionBatch: Int = deletionBatchMax, copiesParts: Bool = true
    ) {
        self.addressing = addressing
        self.integrity = integrity
        self.deletionBatch = deletionBatch
        self.copiesParts = copiesParts
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
        // Accepts a wrong `x-amz-content-sha256` (4.48).
        case .seaweedFS: S3Engine(addressing: .path, integrity: .crc32)
        // Ignores checksum headers (16) and verifies signed payloads.
        case .cephRGW: S3Engine(addressing: .path, integrity: .signedPayload)
        // Verifies everything (2.38), and deletes about 40 keys a second.
        case .openStackSwift: S3Engine(addressing: .path, integrity: .crc32, deletionBatch: 100)
        }
    }

    /// The region in signatures where the engine ignores it; nil where it must be stated.
    var defaultRegion: String? { self == .aws ? nil : "us-east-1" }
}
