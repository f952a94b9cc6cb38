public import ClientTransport

/// The limits of a store of segments in a bucket.
public struct S3Settings: Hashable, Sendable {
    /// The memory for bytes that are received and not yet stored, of all uploads together. Writers wait for room; see
    /// `SegmentMemory`. At least `memoryBytesMin`.
    public var memoryBytesMax = 128 << 20
    /// The size of the largest segment. At least 256 KiB, at most 64 MiB.
    public var segmentBytesMax = 16 << 20
    /// The attempts to store a segment, to read without any progress, or to delete. At least 1. By default
    /// `retryMilliseconds` ends them first.
    public var attemptsMax = 20
    /// The time after the first attempt in which others begin.
    public var retryMilliseconds: Int64 = 60_000
    /// The time in which a connection must be made.
    public var connectMilliseconds: Int64 = 5_000
    /// The time in which a byte must be sent or received. A download whose client pauses for longer is continued by another
    /// request.
    public var idleMilliseconds: Int64 = 20_000
    /// The time in which the response to a request must begin, except for that to a read.
    public var requestMilliseconds: Int64 = 120_000
    /// The most connections to the endpoint, without those that read.
    public var connectionsMax = 64
    /// The most connections that read: one for each download in progress, and two for each publication.
    public var readingConnectionsMax = 1024
    /// The authorities that may sign the endpoint's certificate besides those that the system trusts; nil for none.
    public var authorities: CertificateAuthorities?

    public init() {}

    public static let memoryBytesMin = 4 << 20

    /// - Throws: An error of kind `configuration` that names the setting.
    func check() throws(S3Error) {
        func require(_ condition: Bool, _ problem: String) throws(S3Error) {
            guard condition else { throw S3Error(.configuration, problem) }
        }
        try require(
            memoryBytesMax >= Self.memoryBytesMin, "memoryBytesMax must be at least \(Self.memoryBytesMin) bytes.")
        try require(
            (SegmentMemory.pageBytes...64 << 20).contains(segmentBytesMax),
            "segmentBytesMax must be between \(SegmentMemory.pageBytes) and \(64 << 20) bytes.")
        try require(attemptsMax >= 1, "attemptsMax must be at least 1.")
        try require(
            connectionsMax >= 1 && readingConnectionsMax >= 1,
            "connectionsMax and readingConnectionsMax must be at least 1.")
        for (name, value) in [
            ("connectMilliseconds", connectMilliseconds), ("idleMilliseconds", idleMilliseconds),
            ("requestMilliseconds", requestMilliseconds), ("retryMilliseconds", retryMilliseconds),
        ] {
            try require((1...86_400_000).contains(value), "\(name) must be between 1 and 86400000.")
        }
    }
}
