/// How a downloaded file is created.
public struct DownloadOptions: Hashable, Sendable {
    /// The permission bits of the complete file, such as 0o644. While it is incomplete, only its owner may read it.
    public var permissions: UInt32 = 0o600
    /// Whether the file gets the time of modification that its sender declared (`modified_at`), if there is one.
    public var keepsModificationTime = true

    public init() {}
}
