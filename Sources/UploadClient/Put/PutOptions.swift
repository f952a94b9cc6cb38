/// How something is uploaded.
public struct PutOptions: Hashable, Sendable {
    /// The caller's default capsule where none is named.
    public var capsule: String?
    /// The last component of the path where none is given.
    public var name: String?
    /// The media type; the server's default where none is given.
    public var type: String?
    /// Bytes of a chunk; the server's choice where none is given, and 8 MiB for a stream.
    public var chunkSize: UInt64?
    /// Chunks on their way at once; at least 1.
    public var parallel = 4
    /// What the server is to make of it: `photo` or `none`; the capsule's default where none is given.
    public var derive: String?

    public init(
        capsule: String? = nil, name: String? = nil, type: String? = nil, chunkSize: UInt64? = nil, parallel: Int = 4,
        derive: String? = nil
    ) {
        self.capsule = capsule
        self.name = name
        self.type = type
        self.chunkSize = chunkSize
        self.parallel = parallel
        self.derive = derive
    }
}

/// What is uploaded.
public enum UploadSource: Hashable, Sendable {
    /// A regular file. It must not change meanwhile, which is checked.
    case file(path: String)
    /// An open descriptor, such as standard input, read to its end. It stays open. Cannot be resumed by another process.
    case stream(descriptor: Int32, name: String)
}
