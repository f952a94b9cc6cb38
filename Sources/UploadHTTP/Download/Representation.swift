import HTTPTypes
import HTTPWire
import NativeWire
import SessionCore
import UploadCore
import UploadMemories

/// The metadata of a download for its header (RFC 9110 §8).
struct Representation: Sendable {
    /// Bytes.
    let size: UInt64
    let tag: EntityTag
    /// Of all bytes; nil for a concatenation, whose parts alone were verified.
    let digest: Digest?
    /// The file name; may be empty.
    let name: String
    /// Never one that a browser runs as part of a page of this origin.
    let type: MediaType
    let lastModified: Timestamp

    init(of blob: BlobSummary) {
        size = blob.size
        tag = EntityTag(blob.digest)
        digest = if case .whole(let digest) = blob.digest { digest } else { nil }
        name = blob.asset.name
        type = MediaType(stored: blob.asset.contentType).inert
        // A time after the creation could make a cached copy look newer than it is (RFC 9110, section 8.8.2.1).
        lastModified = min(blob.asset.modifiedAt ?? blob.createdAt, blob.createdAt)
    }

    /// - Parameter memory: The memory of the asset.
    init(of asset: Asset, in memory: Memory) {
        size = asset.size
        tag = EntityTag(.whole(asset.digest))
        digest = asset.digest
        name = ""
        type = MediaType(stored: asset.contentType).inert
        lastModified = memory.createdAt
    }

    /// The fields of every response. Browsers must not run bytes of other users as a page of this origin.
    var fields: HTTPFields {
        var fields: HTTPFields = [
            .acceptRanges: "bytes", .eTag: tag.text, .lastModified: lastModified.httpDate,
            // The bytes never change, but access does.
            .cacheControl: "private, no-cache", .xContentTypeOptions: "nosniff",
            .contentDisposition: ContentDisposition.format(name: name, type: type),
            .contentSecurityPolicy: contentSecurityPolicy,
        ]
        if let digest { fields[.reprDigest] = ContentDigest.format(digest) }
        return fields
    }

    private var isPlayable: Bool {
        ["video/", "audio/"].contains { type.essence.hasPrefix($0) } && !type.essence.hasSuffix("+xml")
    }

    /// A browser shows a picture or a film in a page of its own, which loads it from this address and styles it. The page of a
    /// film keeps its origin, without which it could not load the film; scripts stay forbidden.
    private var contentSecurityPolicy: String {
        let sandbox = isPlayable ? "sandbox allow-same-origin" : "sandbox"
        return sandbox + "; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'"
    }
}
