package import UploadModel

/// The body of `POST /v1/downloads`: what a browser is to download by itself, without the caller's token.
public struct NewDownloadDocument: Codable, Hashable, Sendable {
    /// The ids of blobs that the caller may read, in the order of the archive.
    public var blobs: [String]
    /// The name of the archive, without directories; a single blob without one is downloaded as it is.
    public var archive: String?

    public init(blobs: [String], archive: String? = nil) {
        self.blobs = blobs
        self.archive = archive
    }

    /// - Throws: `invalid_argument` for no blob, and for several without an archive; `not_found` for a malformed id.
    package func ids() throws(UploadError) -> [BlobId] {
        guard !blobs.isEmpty else { throw UploadError(.invalidArgument("blobs", "is empty")) }
        guard archive != nil || blobs.count == 1 else {
            throw UploadError(.invalidArgument("archive", "is missing: several blobs are downloaded as an archive"))
        }
        var ids: [BlobId] = []
        for text in blobs {
            guard let id = BlobId(text: text) else { throw UploadError(.notFound(.blob)) }
            ids.append(id)
        }
        return ids
    }
}

/// A prepared download.
public struct DownloadDocument: Codable, Hashable, Sendable {
    /// The last segment of the path of the download. Who has it may download these blobs, as long as its creator may
    /// read them.
    public var ticket: String
    /// Bytes of the response.
    public var size: UInt64
    /// No download begins at this time or later.
    public var expiresAt: WireTime

    public init(ticket: String, size: UInt64, expiresAt: WireTime) {
        self.ticket = ticket
        self.size = size
        self.expiresAt = expiresAt
    }
}
