import HTTPWire
import NIOHTTP1
import SessionCore
import UploadCore
import UploadTestKit

@testable import BlobStorageS3

extension FakeS3 {
    struct Response: Sendable {
        var status: Int
        var headers: HTTPHeaders = [:]
        var body: [UInt8] = []

        init(_ status: Int, _ body: [UInt8] = [], _ headers: HTTPHeaders = [:]) {
            (self.status, self.body, self.headers) = (status, body, headers)
        }
    }

    func error(_ code: String) -> [UInt8] {
        let message = "A &lt;test&gt; of errors."
        return Array("<?xml version=\"1.0\"?><Error><Code>\(code)</Code><Message>\(message)</Message></Error>".utf8)
    }

    private func refusal(_ status: Int, _ code: String) -> Response {
        Response(status, error(code), ["date": clock.now().httpDate])
    }

    /// Processes a request.
    func respond(to request: Request, undeleted: (code: String, where: @Sendable (String) -> Bool)?) -> Response {
        if let refusal = refusalOfSignature(request) ?? refusalOfBytes(request) { return refusal }
        guard request.path == "/" + Self.bucket || request.path.hasPrefix("/\(Self.bucket)/") else {
            return refusal(404, "NoSuchBucket")
        }
        if let response = respondToMultipart(request) { return response }
        switch (request.method, request.name) {
        case ("HEAD", ""): return Response(200)
        case ("GET", ""): return list(request)
        case ("POST", ""): return deleteObjects(request, undeleted)
        case ("PUT", _) where request.headers.contains(name: "x-amz-copy-source"): return copy(request)
        case ("PUT", _):
            change { state in
                state.objects[request.name] = request.body
                state.headers[request.name] = request.headers
            }
            return Response(200, [], ["etag": "\"not-a-digest\""])
        case ("GET", _): return get(request)
        case ("DELETE", _):
            change { $0.objects[request.name] = nil }
            return Response(204)
        default: return refusal(405, "MethodNotAllowed")
        }
    }

    private func copy(_ request: Request) -> Response {
        let source = request.headers.first(name: "x-amz-copy-source") ?? ""
        guard source.hasPrefix("/\(Self.bucket)/"),
            let object = objects[String(source.dropFirst(Self.bucket.utf8.count + 2))]
        else { return refusal(404, "NoSuchKey") }
        change { $0.objects[request.name] = object }
        return Response(200, Array("<CopyObjectResult><ETag>\"x\"</ETag></CopyObjectResult>".utf8))
    }

    private func get(_ request: Request) -> Response {
        guard let object = objects[request.name] else { return refusal(404, "NoSuchKey") }
        guard change({ $0.honoursRanges }), let range = request.headers.first(name: "range") else {
            return Response(200, object)
        }
        let bounds = range.dropFirst(6).split(separator: "-").compactMap { Int($0) }
        guard bounds[0] < object.count else { return refusal(416, "InvalidRange") }
        let end = min(bounds[1], object.count - 1)
        return Response(
            206, Array(object[bounds[0]...end]), ["content-range": "bytes \(bounds[0])-\(end)/\(object.count)"])
    }

    private func deleteObjects(
        _ request: Request, _ undeleted: (code: String, where: @Sendable (String) -> Bool)?
    ) -> Response {
        guard change({ $0.hasBatchDeletion }) else { return refusal(501, "NotImplemented") }
        guard request.headers.contains(name: "content-md5") else { return refusal(400, "InvalidRequest") }
        let document = XMLNode(parsing: String(decoding: request.body, as: UTF8.self))
        let names = document?.all("Object").compactMap { $0["Key"] }
        guard let names, names.count <= 1000 else { return refusal(400, "MalformedXML") }
        var result = "<DeleteResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
        for name in names {
            if let undeleted, undeleted.where(name) {
                result += "<Error><Key>\(name)</Key><Code>\(undeleted.code)</Code></Error>"
            } else {
                change { $0.objects[name] = nil }
            }
        }
        return Response(200, Array((result + "</DeleteResult>").utf8))
    }

    private func list(_ request: Request) -> Response {
        func value(_ name: String) -> String? { request.query.first { $0.name == name }?.value }
        let (prefix, after) = (value("prefix") ?? "", value("start-after") ?? "")
        let limit = value("max-keys").flatMap { Int($0) } ?? 1000
        let found = objects.filter { $0.key.hasPrefix(prefix) && $0.key > after }.sorted { $0.key < $1.key }
        var result = "<ListBucketResult><IsTruncated>\(found.count > limit)</IsTruncated>"
        let page = found.prefix(limit).map { (name: $0.key, object: $0.value) }
        for (name, object) in change({ $0.isListOutOfOrder }) ? page + page : page {
            result += "<Contents><Key>\(name)</Key><Size>\(object.count)</Size></Contents>"
        }
        return Response(200, Array((result + "</ListBucketResult>").utf8))
    }

    // MARK: - Verification

    /// Signs the request as it arrived once more: what was sent is what was signed.
    private func refusalOfSignature(_ request: Request) -> Response? {
        let authorization = request.headers.first(name: "authorization") ?? ""
        guard let date = request.headers.first(name: "x-amz-date"), let time = Timestamp(compactDate: date) else {
            return refusal(403, "AccessDenied")
        }
        guard abs(time.milliseconds - clock.now().milliseconds) <= 15 * 60_000 else {
            return refusal(403, "RequestTimeTooSkewed")
        }
        let added: Set = ["x-amz-date", "x-amz-content-sha256", "x-amz-security-token"]
        let signed = authorization.split(separator: "SignedHeaders=").last?.prefix { $0 != "," }
        let names = signed?.split(separator: ";") ?? []
        let headers = names.map(String.init).filter { !added.contains($0) }
            .map { ($0, request.headers[$0].joined(separator: ",")) }
        let expected = SignatureV4(Self.credentials, region: "us-east-1").signedHeaders(
            method: request.method, path: request.path, query: request.query, headers: headers,
            payloadHash: request.headers.first(name: "x-amz-content-sha256") ?? "", at: time)
        guard expected.last?.value == authorization, names.contains("host") else {
            return refusal(403, "SignatureDoesNotMatch")
        }
        return nil
    }

    private func refusalOfBytes(_ request: Request) -> Response? {
        guard change({ $0.verifiesIntegrity }) else { return nil }
        func integrity(_ kind: S3Engine.Integrity) -> Integrity {
            var hasher = IntegrityHasher(kind)
            request.body.withUnsafeBytes { hasher.update($0) }
            return hasher.current
        }
        for kind in [S3Engine.Integrity.crc32, .contentMD5] {
            for (name, value) in integrity(kind).headers {
                if let sent = request.headers.first(name: name), sent != value { return refusal(400, "BadDigest") }
            }
        }
        let hash = request.headers.first(name: "x-amz-content-sha256")
        guard hash == SignatureV4.unsignedPayload || hash == integrity(.signedPayload).payloadHash else {
            return refusal(400, "XAmzContentSHA256Mismatch")
        }
        return nil
    }
}
