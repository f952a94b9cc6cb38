import HTTPTypes
import HummingbirdCore
import NIOCore
import NativeWire
import SessionCore
import UploadCore

/// How bytes are given out, whatever they are.
extension NativeAPI {
    /// The bytes, or parts of them, as the conditions of the request allow (RFC 9110 §§13, 14).
    func serve(
        _ content: DownloadContent<Store, Blobs, Time>, as representation: Representation, _ call: AuthenticatedRequest
    ) async throws -> Response {
        let size = representation.size
        let verdict = Preconditions(
            call.fields, method: call.request.method, tag: representation.tag,
            lastModified: representation.lastModified, now: uploads.now())
        var fields = representation.fields
        switch verdict {
        case .preconditionFailed: return Response(.preconditionFailed)
        case .notModified: return .bodiless(.notModified, fields)
        case .proceed(let rangeCounts):
            fields[.contentType] = representation.type.text
            let range = rangeCounts ? call.fields[.range] : nil
            switch ByteRanges(range, size: size, countMax: limits.rangesMax) {
            case .whole:
                return try await answer(content, 0..<size, status: .ok, fields, call)
            case .ranges(let ranges) where ranges.count == 1:
                fields[.contentRange] = ContentRange(ranges[0], of: size).text
                return try await answer(content, ranges[0], status: .partialContent, fields, call)
            case .ranges(let ranges):
                return answer(content, ranges, of: representation, fields)
            case .unsatisfiable:
                return Response(.rangeNotSatisfiable(size: size))
            }
        }
    }

    /// One range in the body.
    func answer(
        _ content: DownloadContent<Store, Blobs, Time>, _ range: Range<UInt64>, status: HTTPResponse.Status,
        _ fields: HTTPFields, _ call: AuthenticatedRequest
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
        _ content: DownloadContent<Store, Blobs, Time>, _ ranges: [Range<UInt64>],
        of representation: Representation, _ fields: HTTPFields
    ) -> Response {
        var random = SystemRandomNumberGenerator()
        let multipart = MultipartByteRanges(
            ranges, of: representation.size, type: representation.type, using: &random)
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
