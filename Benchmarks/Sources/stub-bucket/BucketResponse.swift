import FoundationEssentials

/// A response: its head, a body, and zeros after it.
struct BucketResponse {
    private(set) var head: ArraySlice<UInt8>
    private(set) var body: ArraySlice<UInt8>
    private(set) var zeros: Int

    init(_ status: String, _ body: ArraySlice<UInt8> = [], fields: String = "", zeros: Int = 0) {
        // RFC 9110 §8.6 forbids the field beside 204.
        let length = status.hasPrefix("204") ? "" : "Content-Length: \(body.count + zeros)\r\n"
        head = Array("HTTP/1.1 \(status)\r\n\(fields)\(length)\r\n".utf8)[...]
        self.body = body
        self.zeros = zeros
    }

    init(_ status: String, _ text: String) {
        self.init(status, Array(text.utf8)[...])
    }

    var isSent: Bool { head.isEmpty && body.isEmpty && zeros == 0 }

    private static let manyZeros = [UInt8](repeating: 0, count: 256 << 10)

    /// The bytes to send next.
    var next: ArraySlice<UInt8> {
        if !head.isEmpty { return head }
        return body.isEmpty ? Self.manyZeros.prefix(zeros) : body
    }

    mutating func wasSent(_ count: Int) {
        if !head.isEmpty {
            head = head.dropFirst(count)
        } else if !body.isEmpty {
            body = body.dropFirst(count)
        } else {
            zeros -= count
        }
    }

    private static func error(_ status: String, _ code: String) -> BucketResponse {
        BucketResponse(status, "<Error><Code>\(code)</Code></Error>")
    }

    /// Does what a request asks for.
    ///
    /// - Parameter body: Empty unless it is kept.
    init(to request: BucketRequest, body: [UInt8], in objects: Objects) {
        if let kind = request.kind { objects.count(kind) }
        switch request.action {
        case .counts: self.init("200 OK", objects.text)
        case .put(let name):
            let isProbe = body.count == request.length && body.count <= Objects.probeBytesMax
            if isProbe, let checksum = request.checksum, checksum != Self.checksum(of: body) {
                self = .error("400 Bad Request", "BadDigest")
                return
            }
            objects.put(name, body.count == request.length ? .kept(body) : .length(request.length))
            self.init("200 OK", fields: "ETag: \"stub\"\r\n")
        case .get(let name, let bounds): self = Self.get(name, bounds, objects)
        case .headBucket: self.init("200 OK")
        case .delete(let name):
            objects.remove([name])
            self.init("204 No Content")
        case .deleteObjects:
            let parts = String(decoding: body, as: UTF8.self).split(separator: "<Key>").dropFirst()
            objects.remove(parts.map { String($0.prefix { $0 != "<" }) })
            self.init("200 OK", "<DeleteResult></DeleteResult>")
        case .list(let prefix, let after, let limit):
            let (page, isTruncated) = objects.list(prefix: prefix, after: after, limit: limit)
            let contents = page.map { "<Contents><Key>\($0.name)</Key><Size>\($0.length)</Size></Contents>" }
            self.init(
                "200 OK",
                "<ListBucketResult><IsTruncated>\(isTruncated)</IsTruncated>\(contents.joined())</ListBucketResult>")
        case .unknown: self = .error("501 Not Implemented", "NotImplemented")
        }
    }

    private static func get(_ name: String, _ bounds: ClosedRange<Int>?, _ objects: Objects) -> BucketResponse {
        guard let (object, range) = objects.get(name, bounds) else { return .error("404 Not Found", "NoSuchKey") }
        if bounds != nil, range.isEmpty { return .error("416 Range Not Satisfiable", "InvalidRange") }
        let status = bounds == nil ? "200 OK" : "206 Partial Content"
        let fields =
            bounds == nil
            ? "" : "Content-Range: bytes \(range.lowerBound)-\(range.upperBound - 1)/\(object.count)\r\n"
        switch object {
        case .kept(let bytes): return BucketResponse(status, bytes[range], fields: fields)
        case .length: return BucketResponse(status, fields: fields, zeros: range.count)
        }
    }

    /// CRC-32 (ISO 3309), the most significant byte first, in base64. Bit by bit: only small bodies need it.
    private static func checksum(of bytes: [UInt8]) -> String {
        var register = UInt32.max
        for byte in bytes {
            register ^= UInt32(byte)
            for _ in 0..<8 { register = register >> 1 ^ (register & 1 == 1 ? 0xEDB8_8320 : 0) }
        }
        let value = ~register
        return Data((0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }).base64EncodedString()
    }
}
