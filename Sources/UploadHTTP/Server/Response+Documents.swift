import HTTPTypes
import HummingbirdCore
import NIOCore
import NativeWire

extension Response {
    /// A document as JSON.
    static func json(
        _ document: some Encodable, status: HTTPResponse.Status = .ok, location: String? = nil
    ) throws -> Response {
        let bytes = try NativeJSON.encode(document)
        var fields: HTTPFields = [.contentType: "application/json", .contentLength: String(bytes.count)]
        fields[.cacheControl] = "no-store"
        fields[.location] = location
        return Response(status: status, headers: fields, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    static var noContent: Response { bodiless(.noContent) }

    /// An answer whose status allows no body, and with it no length of one (RFC 9110 §8.6).
    static func bodiless(_ status: HTTPResponse.Status, _ fields: HTTPFields = [:]) -> Response {
        var response = Response(status: status, headers: fields)
        response.headers[.contentLength] = nil
        return response
    }

    static func text(_ text: String, contentType: String = "text/plain; charset=utf-8") -> Response {
        let fields: HTTPFields = [.contentType: contentType, .contentLength: String(text.utf8.count)]
        return Response(status: .ok, headers: fields, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    init(_ problem: Problem) {
        let bytes = problem.encoded()
        var fields = problem.fields
        fields[.contentType] = "application/problem+json"
        fields[.contentLength] = String(bytes.count)
        fields[.cacheControl] = "no-store"
        self.init(status: problem.status, headers: fields, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
