import HTTPTypes
import NativeWire
import SessionCore
import UploadCore

/// What the header of a download says of the bytes (RFC 9110 §8).
struct Representation: Sendable {
    /// Bytes.
    let size: UInt64
    let tag: EntityTag
    /// Of all bytes; nil for a concatenation whose parts were verified and not the whole.
    let digest: Digest?
    /// What a file of it is called; empty where it has no name.
    let name: String
    let type: MediaType
    let lastModified: Timestamp

    init(of blob: Blob) {
        size = blob.size
        tag = EntityTag(blob.digest)
        digest = if case .whole(let digest) = blob.digest { digest } else { nil }
        name = blob.asset.name
        type = MediaType(stored: blob.asset.contentType)
        lastModified = blob.createdAt
    }

    /// - Parameter memory: The one that has the asset.
    init(of asset: Asset, in memory: Memory) {
        size = asset.size
        tag = EntityTag(.whole(asset.digest))
        digest = asset.digest
        name = ""
        type = MediaType(stored: asset.contentType)
        lastModified = memory.createdAt
    }

    /// What every answer says. Bytes that a stranger sent are shown to a browser as little as possible.
    var fields: HTTPFields {
        var fields: HTTPFields = [
            .acceptRanges: "bytes", .eTag: tag.text, .lastModified: lastModified.httpDate,
            // It never changes, but who may read it does.
            .cacheControl: "private, no-cache", .xContentTypeOptions: "nosniff",
            .contentDisposition: ContentDisposition.format(name: name, type: type),
            .contentSecurityPolicy: "sandbox; default-src 'none'",
        ]
        if let digest { fields[.reprDigest] = ContentDigest.format(digest) }
        return fields
    }
}
