public import NativeWire

/// What is remembered of an upload so that another process can go on with it.
public struct ResumeState: Codable, Hashable, Sendable {
    /// Of this document. A file with another one is as if it were not there.
    public var version = ResumeState.currentVersion
    public var server: String
    /// Absolute.
    public var path: String
    public var identity: FileIdentity
    /// Sent with `request`, so that beginning again finds the upload that was begun, also when its answer was lost.
    public var idempotencyKey: String
    public var request: NewUploadDocument
    /// The upload's id, once the server said it.
    public var upload: String?

    public static let currentVersion = 1

    public init(
        server: String, path: String, identity: FileIdentity, idempotencyKey: String, request: NewUploadDocument,
        upload: String? = nil
    ) {
        self.server = server
        self.path = path
        self.identity = identity
        self.idempotencyKey = idempotencyKey
        self.request = request
        self.upload = upload
    }

    /// Whether an upload with this state is the one that `other` means to begin: the same content of the same file, meant
    /// for the same place. The chunk size may differ; that of the upload stays.
    public func continues(as other: ResumeState) -> Bool {
        var mine = request
        mine.chunkSize = other.request.chunkSize
        return version == other.version && server == other.server && path == other.path && identity == other.identity
            && mine == other.request
    }
}
