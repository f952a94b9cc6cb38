import NIOHTTP1

@testable import BlobStorageS3

/// Multipart uploads, with the rules of S3: parts by their numbers, at least 5 MiB but for the last, named by their tags.
extension FakeS3 {
    struct Multipart: Sendable {
        let name: String
        let headers: HTTPHeaders
        var parts: [Int: [UInt8]] = [:]
    }

    /// Processes a request of a multipart upload; nil for any other.
    func respondToMultipart(_ request: Request) -> Response? {
        let query = Dictionary(request.query) { first, _ in first }
        switch (request.method, query["uploads"], query["uploadId"]) {
        case ("GET", .some, _): return listMultiparts(prefix: query["prefix"] ?? "")
        case ("POST", .some, _):
            let id = change { state in
                state.lastMultipart += 1
                let id = "upload&\(state.lastMultipart)"
                state.multiparts[id] = Multipart(name: request.name, headers: request.headers)
                return id
            }
            return xml("InitiateMultipartUploadResult", "<UploadId>\(escaped(id))</UploadId>")
        case (_, _, let id?):
            guard let upload = change({ $0.multiparts[id] }), upload.name == request.name else {
                return Response(404, error("NoSuchUpload"))
            }
            switch request.method {
            case "PUT": return storePart(Int(query["partNumber"] ?? "") ?? 0, of: id, request)
            case "POST": return complete(id, upload, request)
            default:
                change { $0.multiparts[id] = nil }
                return Response(204)
            }
        default: return nil
        }
    }

    private func storePart(_ number: Int, of id: String, _ request: Request) -> Response {
        guard (1...10_000).contains(number) else { return Response(400, error("InvalidArgument")) }
        guard let source = request.headers.first(name: "x-amz-copy-source") else {
            change { $0.multiparts[id]?.parts[number] = request.body }
            return Response(200, [], ["etag": "\"part-\(number)-\(request.body.count)\""])
        }
        guard change({ $0.copiesParts }) else { return Response(501, error("NotImplemented")) }
        guard let bytes = objects[String(source.dropFirst(Self.bucket.utf8.count + 2))] else {
            return Response(404, error("NoSuchKey"))
        }
        change { $0.multiparts[id]?.parts[number] = bytes }
        return xml("CopyPartResult", "<ETag>&quot;part-\(number)-\(bytes.count)&quot;</ETag>")
    }

    private func complete(_ id: String, _ upload: Multipart, _ request: Request) -> Response {
        let document = XMLNode(parsing: String(decoding: request.body, as: UTF8.self))
        let named = (document?.all("Part") ?? []).map { ($0["PartNumber"] ?? "", $0["ETag"] ?? "") }
        var bytes: [UInt8] = []
        for (index, (number, tag)) in named.enumerated() {
            guard number == "\(index + 1)", let part = upload.parts[index + 1],
                tag == "\"part-\(number)-\(part.count)\""
            else { return Response(400, error("InvalidPart")) }
            guard index == named.count - 1 || part.count >= 5 << 20 else {
                return Response(400, error("EntityTooSmall"))
            }
            bytes += part
        }
        change { [bytes] state in
            state.objects[upload.name] = bytes
            state.headers[upload.name] = upload.headers
            state.multiparts[id] = nil
        }
        return xml("CompleteMultipartUploadResult", "<Key>\(escaped(upload.name))</Key>")
    }

    private func listMultiparts(prefix: String) -> Response {
        let uploads = change { $0.multiparts }.filter { $0.value.name.hasPrefix(prefix) }.map { id, upload in
            "<Upload><Key>\(escaped(upload.name))</Key><UploadId>\(escaped(id))</UploadId></Upload>"
        }
        return xml("ListMultipartUploadsResult", uploads.joined())
    }

    private func xml(_ name: String, _ contents: String) -> Response {
        Response(200, Array("<?xml version=\"1.0\"?><\(name)>\(contents)</\(name)>".utf8))
    }

    private func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
    }
}
