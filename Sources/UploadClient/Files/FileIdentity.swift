/// What tells one state of a file's content from another without reading it.
public struct FileIdentity: Codable, Hashable, Sendable {
    public var size: UInt64
    /// When the content was last changed, in nanoseconds since 1970-01-01T00:00:00Z.
    public var modifiedNanoseconds: Int64
    public var device: UInt64
    public var inode: UInt64

    public init(size: UInt64, modifiedNanoseconds: Int64, device: UInt64, inode: UInt64) {
        self.size = size
        self.modifiedNanoseconds = modifiedNanoseconds
        self.device = device
        self.inode = inode
    }
}
