import AsyncHTTPClient

/// Source: the actions of the same names in the Amazon S3 API reference.
extension S3Request {
    /// PutObject of bytes that are read meanwhile.
    static func put(_ object: PublishedObject, _ body: HTTPClientRequest.Body) -> S3Request {
        S3Request(method: .put, name: object.name, headers: object.headers, body: .stream(body))
    }

    static func createMultipart(_ object: PublishedObject) -> S3Request {
        S3Request(method: .post, name: object.name, query: [("uploads", "")], headers: object.headers)
    }

    static func uploadPart(_ part: PartAddress, _ body: HTTPClientRequest.Body) -> S3Request {
        S3Request(method: .put, name: part.name, query: part.query, body: .stream(body))
    }

    /// UploadPartCopy of a whole object.
    static func copyPart(_ part: PartAddress, from name: String, bucket: String) -> S3Request {
        S3Request(
            method: .put, name: part.name, query: part.query, headers: [("x-amz-copy-source", "/\(bucket)/\(name)")])
    }

    /// - Parameter tags: The entity tags of the parts, in order.
    static func completeMultipart(_ name: String, _ id: String, tags: [String]) -> S3Request {
        let parts = tags.enumerated().map { index, tag in
            "<Part><PartNumber>\(index + 1)</PartNumber><ETag>\(tag.escapedForXML)</ETag></Part>"
        }
        let document =
            #"<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">"# + parts.joined()
            + "</CompleteMultipartUpload>"
        return S3Request(
            method: .post, name: name, query: [("uploadId", id)], headers: [("content-type", "application/xml")],
            body: .bytes(Array(document.utf8)))
    }

    static func abortMultipart(_ name: String, _ id: String) -> S3Request {
        S3Request(method: .delete, name: name, query: [("uploadId", id)])
    }

    /// ListMultipartUploads of the objects whose names begin with a text.
    static func listMultiparts(prefix: String) -> S3Request {
        S3Request(method: .get, name: "", query: [("prefix", prefix), ("uploads", "")])
    }
}

/// A part of a multipart upload.
struct PartAddress: Hashable, Sendable {
    let name: String
    let id: String
    /// From 1 on.
    let number: Int

    fileprivate var query: [(name: String, value: String)] { [("partNumber", "\(number)"), ("uploadId", id)] }
}

extension String {
    fileprivate var escapedForXML: String {
        replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
