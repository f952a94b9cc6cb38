import AsyncHTTPClient
import NIOCore

/// A request to the bucket, before it is signed.
struct S3Request: Sendable {
    enum Method: String, Sendable {
        case get = "GET"
        case head = "HEAD"
        case put = "PUT"
        case post = "POST"
        case delete = "DELETE"
    }

    enum Body: Sendable {
        case none
        case bytes([UInt8])
        case segment(Segment)
        /// Read from its beginning by each attempt. Nothing but the length lets the engine verify it.
        case stream(HTTPClientRequest.Body)
    }

    var method: Method
    /// The name of an object; empty for the bucket.
    var name: String
    var query: [(name: String, value: String)] = []
    var headers: [(name: String, value: String)] = []
    var body = Body.none
}

extension S3Request {
    /// PutObject.
    static func put(_ name: String, _ segment: Segment) -> S3Request {
        S3Request(method: .put, name: name, headers: segment.integrity.headers, body: .segment(segment))
    }

    /// GetObject of a range that is not empty.
    static func get(_ name: String, _ range: Range<UInt64>) -> S3Request {
        S3Request(
            method: .get, name: name, headers: [("range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)")])
    }

    /// CopyObject, within the bucket.
    static func copy(_ name: String, to copy: String, bucket: String) -> S3Request {
        S3Request(method: .put, name: copy, headers: [("x-amz-copy-source", "/\(bucket)/\(name)")])
    }

    static func delete(_ name: String) -> S3Request {
        S3Request(method: .delete, name: name)
    }

    /// DeleteObjects, of at most `S3Engine.deletionBatchMax` objects. Engines require `Content-MD5`, or a checksum where they know those.
    static func delete(_ names: [String]) -> S3Request {
        var text = #"<?xml version="1.0" encoding="UTF-8"?>"#
        text += #"<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Quiet>true</Quiet>"#
        // Names have unreserved characters and slashes only.
        for name in names { text += "<Object><Key>\(name)</Key></Object>" }
        let bytes = Array((text + "</Delete>").utf8)
        return S3Request(
            method: .post, name: "", query: [("delete", "")],
            headers: [("content-md5", IntegrityHasher.md5(of: bytes)), ("content-type", "application/xml")],
            body: .bytes(bytes))
    }

    /// ListObjectsV2, in the order of the names.
    static func list(prefix: String, startAfter: String?, limit: Int) -> S3Request {
        var query = [("list-type", "2"), ("max-keys", "\(limit)"), ("prefix", prefix)]
        if let startAfter { query.append(("start-after", startAfter)) }
        return S3Request(method: .get, name: "", query: query)
    }

    /// HeadBucket.
    static let headBucket = S3Request(method: .head, name: "")
}
