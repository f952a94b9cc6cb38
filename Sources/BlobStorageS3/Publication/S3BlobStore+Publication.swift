import NIOCore
import NIOHTTP1
package import SessionCore
package import UploadCore

/// What publishing needs of the bucket. Repeats what may pass; the caller repeats the rest, from the beginning.
extension S3BlobStore {
    package var copiesParts: Bool { client.location.engine.copiesParts }

    package func publishedName(
        of upload: SessionId, in capsule: CapsuleId, fileName: String, below prefix: PublicationPrefix
    ) -> String {
        prefix.name(of: upload, in: capsule, fileName: fileName, at: client.location.prefix)
    }

    /// Stores an object as a whole, in the place of an earlier one.
    package func publish<Bytes: AsyncSequence<[UInt8], UploadError> & Sendable>(
        _ object: PublishedObject, _ bytes: Bytes
    ) async throws(UploadError) {
        let bytes = SourceBytes(bytes)
        try await retrying("publishing \(object.name.withoutFileName)") { () throws(S3Failure) in
            try await client.stored(.put(object, bytes.body(byteCount: object.size)), isStreamed: true)
        } unless: { () throws(UploadError) in
            try bytes.check()
        }
    }

    /// - Returns: The id of the multipart upload.
    package func beginMultipart(_ object: PublishedObject) async throws(UploadError) -> String {
        try await retrying("beginning a multipart upload of \(object.name.withoutFileName)") { () throws(S3Failure) in
            let (_, body) = try await client.stored(.createMultipart(object))
            guard let result = XMLNode(parsing: body), let id = result["UploadId"], !id.isEmpty else {
                throw S3Failure(kind: .broken, detail: "the engine began a multipart upload without an id")
            }
            return id
        }
    }

    /// Stores a part of a multipart upload.
    ///
    /// - Parameters:
    ///   - number: From 1 on.
    ///   - bytes: Of the part.
    /// - Returns: The entity tag of the part.
    package func storePart<Bytes: AsyncSequence<[UInt8], UploadError> & Sendable>(
        _ number: Int, of id: String, named name: String, byteCount: UInt64, _ bytes: Bytes
    ) async throws(UploadError) -> String {
        let part = PartAddress(name: name, id: id, number: number)
        let bytes = SourceBytes(bytes)
        return try await retrying("sending part \(number) of \(name.withoutFileName)") { () throws(S3Failure) in
            let request = S3Request.uploadPart(part, bytes.body(byteCount: byteCount))
            let (response, _) = try await client.stored(request, isStreamed: true)
            guard let tag = response.headers.first(name: "etag") else {
                throw S3Failure(kind: .unsupported, detail: "the engine stored a part without a tag")
            }
            return tag
        } unless: { () throws(UploadError) in
            try bytes.check()
        }
    }

    /// Has the engine copy a segment as a part of a multipart upload.
    ///
    /// - Returns: The entity tag of the part; nil if the engine cannot do that.
    package func copyPart(
        _ number: Int, of id: String, named name: String, segment: ObjectKey
    ) async throws(UploadError) -> String? {
        let part = PartAddress(name: name, id: id, number: number)
        return try await retrying("copying part \(number) of \(name.withoutFileName)") { () throws(S3Failure) in
            let request = S3Request.copyPart(part, from: client.name(of: segment), bucket: client.location.bucket)
            do throws(S3Failure) {
                let (_, body) = try await client.stored(request)
                guard let tag = XMLNode(parsing: body)?["ETag"] else {
                    throw S3Failure(kind: .unsupported, detail: "the engine copied a part without a tag")
                }
                return tag
            } catch {
                if error.kind == .unsupported { return nil }
                throw error
            }
        }
    }

    /// Makes the parts the object.
    ///
    /// - Parameter tags: Of the parts, in order.
    /// - Throws: `unavailable`, also if the object is there and the response was lost.
    package func completeMultipart(_ id: String, named name: String, tags: [String]) async throws(UploadError) {
        try await retrying("completing \(name.withoutFileName)") { () throws(S3Failure) in
            _ = try await client.stored(.completeMultipart(name, id, tags: tags))
        }
    }

    /// The multipart uploads of published objects that are neither completed nor aborted, at most as many as an engine lists at
    /// once, 1000.
    ///
    /// - Returns: Nothing from an engine that does not list them, or not for this access key: they are left to the lifecycle
    ///   rules of the bucket.
    package func multiparts(below prefix: PublicationPrefix) async throws(UploadError) -> [MultipartUpload] {
        let folder = prefix.folder(at: client.location.prefix)
        return try await multiparts(named: folder, "listing multipart uploads below \(folder)")
    }

    /// Aborts the multipart uploads of an object that the engine lists. An id whose response was lost is recorded nowhere else.
    ///
    /// - Parameter current: The one to keep.
    package func abortMultiparts(of name: String, except current: String? = nil) async throws(UploadError) {
        let listed = try await multiparts(named: name, "listing multipart uploads of \(name.withoutFileName)")
        for upload in listed where upload.name == name && upload.id != current {
            try await abortMultipart(upload.id, named: name)
        }
    }

    /// - Parameters:
    ///   - beginning: Of the names of their objects.
    ///   - subject: For the text of an error.
    private func multiparts(
        named beginning: String, _ subject: String
    ) async throws(UploadError) -> [MultipartUpload] {
        try await retrying(subject) { () throws(S3Failure) -> [MultipartUpload] in
            do throws(S3Failure) {
                let (_, body) = try await client.collect(.listMultiparts(prefix: beginning), bytesMax: 4 << 20)
                let uploads = XMLNode(parsing: body)?.all("Upload") ?? []
                return uploads.compactMap { upload in
                    guard let name = upload["Key"], let id = upload["UploadId"] else { return nil }
                    return MultipartUpload(name: name, id: id)
                }
            } catch {
                if error.kind == .unsupported || error.kind == .refused && error.isResponse { return [] }
                throw error
            }
        }
    }

    /// Aborts a multipart upload; nothing happens if it was completed or aborted before.
    package func abortMultipart(_ id: String, named name: String) async throws(UploadError) {
        try await retrying("aborting a multipart upload of \(name.withoutFileName)") { () throws(S3Failure) in
            do throws(S3Failure) {
                _ = try await client.collect(.abortMultipart(name, id))
            } catch {
                // It was completed or aborted before.
                guard error.status == 404 else { throw error }
            }
        }
    }

    /// Deletes an object and aborts its multipart uploads.
    package func removePublished(_ name: String, multipart id: String?) async throws(UploadError) {
        // First, because the object can be read: aborting may fail.
        try await retrying("deleting \(name.withoutFileName)") { () throws(S3Failure) in try await client.delete(name) }
        if let id { try await abortMultipart(id, named: name) }
        try await abortMultiparts(of: name)
    }

    /// The size of a published object in bytes; nil if there is none.
    package func size(ofPublished name: String) async throws(UploadError) -> UInt64? { try await size(named: name) }

    /// The URL with which anybody may read a published object for a while.
    ///
    /// - Parameters:
    ///   - type: The `Content-Type` of the response.
    ///   - disposition: Its `Content-Disposition`.
    package func presignedURL(ofPublished name: String, type: String, disposition: String, seconds: Int) -> String {
        client.presignedURL(
            ofObject: name,
            query: [("response-content-type", type), ("response-content-disposition", disposition)], seconds: seconds)
    }
}
