package import HTTPTypes
package import HummingbirdCore
package import NIOCore

extension Response {
    /// A response with a status that allows no body, and therefore no `Content-Length` (RFC 9110 §8.6).
    package static func bodiless(_ status: HTTPResponse.Status, _ fields: HTTPFields = [:]) -> Response {
        var response = Response(status: status, headers: fields)
        response.headers[.contentLength] = nil
        return response
    }

    /// For `HEAD`: the header announces the body of `GET`, which does not follow.
    mutating func removeBody() {
        let fields = headers
        body = ResponseBody()
        headers = fields
    }

    package static var noContent: Response { bodiless(.noContent) }

    package static func text(_ text: String, contentType: String = "text/plain; charset=utf-8") -> Response {
        bytes(ByteBuffer(string: text), contentType: contentType)
    }

    package static func bytes(
        _ bytes: ByteBuffer, contentType: String, status: HTTPResponse.Status = .ok, _ fields: HTTPFields = [:]
    ) -> Response {
        var fields = fields
        fields[.contentType] = contentType
        fields[.contentLength] = String(bytes.readableBytes)
        return Response(status: status, headers: fields, body: ResponseBody(byteBuffer: bytes))
    }
}

extension HTTPResponse.Status {
    /// RFC 9110 §6.4.1.
    var mayHaveBody: Bool { code != 204 && code != 304 && code >= 200 }
}

extension HTTPRequest {
    /// Whether bytes follow the header (RFC 9112 §6.3).
    package var announcesBody: Bool {
        if headerFields[.transferEncoding] != nil { return true }
        return (headerFields[.contentLength].flatMap { UInt64($0) } ?? 0) > 0
    }
}
