import HTTPWire
package import UploadCore

/// A multipart upload that is neither completed nor aborted.
package struct MultipartUpload: Hashable, Sendable {
    /// Of the object that it would become.
    package let name: String
    /// Chosen by the engine.
    package let id: String
}

/// The name and the header fields of a published blob's object.
package struct PublishedObject: Sendable {
    package let name: String
    /// In bytes.
    let size: UInt64
    let headers: [(name: String, value: String)]

    /// With the media type, the file name and the SHA-256 of the blob, for tools that read the bucket.
    package init(_ blob: Blob, name: String) {
        self.name = name
        size = blob.size
        let type = MediaType(stored: blob.asset.contentType)
        let disposition = ContentDisposition.format(name: blob.asset.name, type: type)
        var headers = [
            (name: "content-type", value: type.text),
            // Signatures do not tell one blank from several.
            (name: "content-disposition", value: disposition.split(separator: " ").joined(separator: " ")),
        ]
        if let digest = blob.digest.whole { headers.append((name: "x-amz-meta-sha256", value: digest.hex)) }
        self.headers = headers
    }
}
