import HTTPTypes
import HTTPWire
import HummingbirdCore
import NativeWire
import NIOCore
import SessionCore
import UploadCore
import UploadDerivation
import UploadTransfer

/// Responds with the bytes of a download, or with ranges of them, as the conditions of the request allow (RFC 9110
/// §§13, 14).
struct DownloadResponder<Store: PhotoCatalogue, Blobs: BlobStore, Time: WallClock>: Sendable {
    typealias Bytes = Download<Store, Blobs, Time>

    let transfer: TransferService<Store, Blobs, Time>
    /// A request for more ranges gets the whole content.
    let rangesMax: Int
    /// Nil to send all bytes.
    var redirect: DownloadRedirect?

    /// Responds with the bytes of a blob. Only `GET` reads where they are, which a concatenation of thousands of parts makes
    /// long.
    ///
    /// - Parameter caller: Whose access counts; nil for the caller of the request.
    /// - Throws: As `respond(with:as:to:)`; `not_found`, also for a blob outside of the capsule in the path.
    func respond(
        with id: BlobId, by caller: Principal? = nil, to request: AuthenticatedRequest
    ) async throws -> Response {
        let caller = caller ?? request.principal
        let (blob, download): (BlobSummary, Bytes?)
        if request.request.method == .get {
            let opened = try await transfer.openDownload(id, by: caller)
            (blob, download) = (opened.blob.summary, opened.download)
        } else {
            (blob, download) = (try await transfer.uploads.summary(of: id, by: caller), nil)
        }
        guard request.isInPath(blob.capsule) else { throw UploadError(.notFound(.blob)) }
        return try await respond(with: download, as: Representation(of: blob), of: id, to: request)
    }

    /// Responds with the whole content, with ranges of it, or with 304.
    ///
    /// - Parameters:
    ///   - download: nil for a method other than `GET`.
    ///   - blob: The blob whose bytes these are, if they may be had elsewhere, too.
    /// - Throws: 412, 416; `store_corrupt` and `unavailable` for bytes that cannot be opened.
    func respond(
        with download: Bytes?, as representation: Representation, of blob: BlobId? = nil,
        to request: AuthenticatedRequest
    ) async throws -> Response {
        let size = representation.size
        let verdict = Preconditions(
            request.fields, method: request.request.method, tag: representation.tag,
            lastModified: representation.lastModified, now: transfer.uploads.now())
        var fields = representation.fields
        switch verdict {
        case .preconditionFailed: throw RequestFailure.preconditionFailed
        case .notModified: return .bodiless(.notModified, fields)
        case .proceed(let rangeCounts):
            fields[.contentType] = representation.type.text
            guard let download else {
                fields[.contentLength] = String(size)
                return Response(status: .ok, headers: fields)
            }
            let range = rangeCounts ? request.fields[.range] : nil
            switch ByteRanges(range, size: size, countMax: rangesMax) {
            case .whole:
                if let redirect, let blob, request.fields.canGoElsewhere,
                    let url = try await redirect(
                        blob, representation.typeElsewhere.text, representation.dispositionElsewhere)
                {
                    return .download(at: url)
                }
                return try await respond(with: download, 0..<size, status: .ok, fields, to: request)
            case .ranges(let ranges) where ranges.count == 1:
                fields[.contentRange] = ContentRange(ranges[0], of: size).text
                return try await respond(with: download, ranges[0], status: .partialContent, fields, to: request)
            case .ranges(let ranges):
                return respond(with: download, ranges, of: representation, fields, to: request)
            case .unsatisfiable: throw RequestFailure.rangeNotSatisfiable(size: size)
            }
        }
    }

    /// Responds with one range.
    func respond(
        with download: Bytes, _ range: Range<UInt64>, status: HTTPResponse.Status, _ fields: HTTPFields,
        to request: AuthenticatedRequest
    ) async throws -> Response {
        var fields = fields
        fields[.contentLength] = String(range.count)
        guard request.request.method == .get else { return Response(status: status, headers: fields) }
        let opened = try await download.open(range)
        let (channel, access) = (request.channel, request.access)
        return Response(
            status: status, headers: fields,
            body: ResponseBody(contentLength: range.count) { writer in
                var sink = ResponseSink(writer: writer, channel: channel, access: access)
                try await download.send(range, opened: opened, to: &sink)
                writer = sink.writer
                try await writer.finish(nil)
            })
    }

    /// Responds with several ranges as `multipart/byteranges` (RFC 9110 §14.6).
    private func respond(
        with download: Bytes, _ ranges: [Range<UInt64>], of representation: Representation, _ fields: HTTPFields,
        to request: AuthenticatedRequest
    ) -> Response {
        var random = SystemRandomNumberGenerator()
        let multipart = MultipartByteRanges(
            ranges, of: representation.size, type: representation.type, using: &random)
        var fields = fields
        fields[.contentType] = multipart.contentType
        fields[.contentLength] = String(multipart.contentLength)
        let (channel, access) = (request.channel, request.access)
        return Response(
            status: .partialContent, headers: fields,
            body: ResponseBody(contentLength: Int(multipart.contentLength)) { writer in
                var sink = ResponseSink(writer: writer, channel: channel, access: access)
                for (index, range) in ranges.enumerated() {
                    try await sink.write(multipart.head(of: index))
                    try await download.send(range, opened: nil, to: &sink)
                }
                try await sink.write(multipart.closing)
                writer = sink.writer
                try await writer.finish(nil)
            })
    }
}

/// The body of a response as the destination of a download.
struct ResponseSink: DownloadSink {
    var writer: any ResponseBodyWriter
    let channel: any RequestChannel
    let access: AccessRecord?

    mutating func sendFile(_ descriptor: CInt, _ range: Range<UInt64>) async throws -> Bool {
        let isSent = try await channel.sendFile(descriptor, range)
        if isSent { access?.sent(range.count) }
        return isSent
    }

    mutating func write(_ bytes: [UInt8]) async throws {
        try await writer.write(ByteBuffer(bytes: bytes))
        access?.sent(bytes.count)
    }
}
