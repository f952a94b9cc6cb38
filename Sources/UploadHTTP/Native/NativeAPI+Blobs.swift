import HTTPTypes
import HummingbirdCore
import NIOCore
import NativeWire
import SessionCore
import UploadCore

extension NativeAPI {
    func getBlob(_ call: Call) async throws -> Response {
        try await download(try call.blobId(), call)
    }

    /// The bytes of a blob, or of parts of it (RFC 9110 §§13, 14).
    func download(_ id: BlobId, _ call: Call) async throws -> Response {
        let blob = try await uploads.blob(id, by: call.principal)
        let content = content(of: blob, call)
        let tag = EntityTag(blob.digest)
        let verdict = Preconditions(
            call.fields, method: call.request.method, tag: tag, lastModified: blob.createdAt, now: uploads.now())
        var fields = fields(of: blob, tag)
        switch verdict {
        case .preconditionFailed: return Response(.preconditionFailed)
        case .notModified: return .bodiless(.notModified, fields)
        case .proceed(let rangeCounts):
            fields[.contentType] = MediaType(stored: blob.asset.contentType).text
            let range = rangeCounts ? call.fields[.range] : nil
            switch ByteRanges(range, size: blob.size, countMax: limits.rangesMax) {
            case .whole:
                return try await answer(content, 0..<blob.size, status: .ok, fields, call)
            case .ranges(let ranges) where ranges.count == 1:
                fields[.contentRange] = ContentRange(ranges[0], of: blob.size).text
                return try await answer(content, ranges[0], status: .partialContent, fields, call)
            case .ranges(let ranges):
                return try await answer(content, ranges, fields)
            case .unsatisfiable:
                return Response(.rangeNotSatisfiable(size: blob.size))
            }
        }
    }

    func getBlobMeta(_ call: Call) async throws -> Response {
        try .json(BlobDocument(try await uploads.blob(try call.blobId(), by: call.principal)))
    }

    func getBlobChunk(_ call: Call) async throws -> Response {
        let blob = try await uploads.blob(try call.blobId(), by: call.principal)
        let range = try blob.chunkRange(try call.chunkIndex())
        let fields: HTTPFields = [.contentType: "application/octet-stream", .xContentTypeOptions: "nosniff"]
        return try await answer(content(of: blob, call), range, status: .ok, fields, call)
    }

    func deleteBlob(_ call: Call) async throws -> Response {
        try await uploads.deleteBlob(try call.blobId(), by: call.principal)
        return .noContent
    }

    // MARK: -

    private func content(of blob: Blob, _ call: Call) -> BlobContent<Store, Blobs, Time> {
        BlobContent(uploads: uploads, blob: blob, files: files, exchange: call.exchange, metrics: metrics)
    }

    /// What every answer about a blob says. Bytes that a stranger sent are shown to a browser as little as possible.
    private func fields(of blob: Blob, _ tag: EntityTag) -> HTTPFields {
        var fields: HTTPFields = [
            .acceptRanges: "bytes", .eTag: tag.text, .lastModified: blob.createdAt.httpDate,
            // It never changes, but who may read it does.
            .cacheControl: "private, no-cache", .xContentTypeOptions: "nosniff",
            .contentDisposition: ContentDisposition.format(
                name: blob.asset.name, type: MediaType(stored: blob.asset.contentType)),
            .contentSecurityPolicy: "sandbox; default-src 'none'",
        ]
        if case .whole(let digest) = blob.digest { fields[.reprDigest] = ContentDigest.format(digest) }
        return fields
    }

    private func answer(
        _ content: BlobContent<Store, Blobs, Time>, _ range: Range<UInt64>, status: HTTPResponse.Status,
        _ fields: HTTPFields, _ call: Call
    ) async throws -> Response {
        var fields = fields
        fields[.contentLength] = String(range.count)
        guard call.request.method == .get else { return Response(status: status, headers: fields) }
        let opened = try await content.open(range)
        return Response(
            status: status, headers: fields,
            body: ResponseBody(contentLength: range.count) { writer in
                try await content.send(range, opened: opened, to: &writer)
                try await writer.finish(nil)
            })
    }

    /// Several ranges as one `multipart/byteranges` (RFC 9110 §14.6).
    private func answer(
        _ content: BlobContent<Store, Blobs, Time>, _ ranges: [Range<UInt64>], _ fields: HTTPFields
    ) async throws -> Response {
        let blob = content.blob
        var random = SystemRandomNumberGenerator()
        let multipart = MultipartByteRanges(
            ranges, of: blob.size, type: MediaType(stored: blob.asset.contentType), using: &random)
        var fields = fields
        fields[.contentType] = multipart.contentType
        fields[.contentLength] = String(multipart.contentLength)
        return Response(
            status: .partialContent, headers: fields,
            body: ResponseBody(contentLength: Int(multipart.contentLength)) { writer in
                for (index, range) in ranges.enumerated() {
                    try await writer.write(ByteBuffer(bytes: multipart.head(of: index)))
                    try await content.send(range, opened: nil, to: &writer)
                }
                try await writer.write(ByteBuffer(bytes: multipart.closing))
                try await writer.finish(nil)
            })
    }
}
