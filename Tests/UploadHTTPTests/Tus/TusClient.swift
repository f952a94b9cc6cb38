import Testing
import UploadHTTP

/// Speaks tus to a live server, one connection a request, and adds nothing that it is not told to but what is needed in
/// every request.
struct TusClient: Sendable {
    let port: Int
    var path = "/files"
    /// Sent with every request.
    var common: [String: String] = ["Tus-Resumable": "1.0.0"]

    init(_ server: LiveServer) {
        port = server.port
    }

    static let patchType = "application/offset+octet-stream"

    func head(_ method: String, _ path: String, _ fields: [String: String]) -> String {
        let all = common.merging(["Host": "wharf.localhost", "Connection": "close"]) { first, _ in first }
            .merging(fields) { _, given in given }
        let lines = all.sorted { $0.key < $1.key }.filter { !$0.value.isEmpty }.map { "\($0.key): \($0.value)\r\n" }
        return "\(method) \(path) HTTP/1.1\r\n" + lines.joined() + "\r\n"
    }

    /// A field with an empty value is left out, also one that is sent with every request otherwise.
    func request(
        _ method: String, _ path: String, _ fields: [String: String] = [:], body: [UInt8] = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> TusAnswer {
        var fields = fields
        if !body.isEmpty, fields["Transfer-Encoding"] == nil { fields["Content-Length"] = String(body.count) }
        let head = head(method, path, fields)
        let bytes = try await RawConnection.open(port: port) { connection in
            try await connection.send(Array(head.utf8) + body)
            return await connection.readToEnd()
        }
        return try TusAnswer(bytes, sourceLocation: sourceLocation)
    }

    // MARK: - What clients do

    /// Creates an upload and returns its path.
    func create(
        length: Int?, _ fields: [String: String] = [:], sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> String {
        var fields = fields
        if fields["Upload-Concat"]?.hasPrefix("final") != true {
            fields[length == nil ? "Upload-Defer-Length" : "Upload-Length"] = length.map { String($0) } ?? "1"
        }
        fields["Content-Length"] = "0"
        let answer = try await request("POST", path, fields, sourceLocation: sourceLocation)
        try #require(answer.status == 201, "\(answer)", sourceLocation: sourceLocation)
        return try #require(answer.upload, sourceLocation: sourceLocation)
    }

    func patch(
        _ upload: String, at offset: Int, _ body: [UInt8], _ fields: [String: String] = [:],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> TusAnswer {
        var all = ["Upload-Offset": String(offset), "Content-Type": Self.patchType]
        if body.isEmpty { all["Content-Length"] = "0" }
        return try await request(
            "PATCH", upload, all.merging(fields) { _, given in given }, body: body, sourceLocation: sourceLocation)
    }

    func head(_ upload: String, sourceLocation: SourceLocation = #_sourceLocation) async throws -> TusAnswer {
        try await request("HEAD", upload, sourceLocation: sourceLocation)
    }

    /// Uploads a whole as a partial upload and returns its path.
    func part(_ body: [UInt8], sourceLocation: SourceLocation = #_sourceLocation) async throws -> String {
        let upload = try await create(
            length: body.count, ["Upload-Concat": "partial"], sourceLocation: sourceLocation)
        let answer = try await patch(upload, at: 0, body, sourceLocation: sourceLocation)
        try #require(answer.status == 204, "\(answer)", sourceLocation: sourceLocation)
        return upload
    }
}

/// Bytes that differ from place to place.
func pattern(_ count: Int, from start: Int = 0) -> [UInt8] {
    (start..<start + count).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
}

/// Bytes of a body in chunks, with fields after them.
func chunked(_ body: [UInt8], trailer: String = "") -> [UInt8] {
    let size = String(body.count, radix: 16)
    return Array("\(size)\r\n".utf8) + body + Array("\r\n0\r\n\(trailer)\r\n".utf8)
}

extension String {
    /// In Base64, as metadata have it.
    var base64: String { Array(utf8).base64 }
}

extension [UInt8] {
    var base64: String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        for start in stride(from: 0, to: count, by: 3) {
            let group = (0..<3).map { start + $0 < count ? Int(self[start + $0]) : 0 }
            let bits = group[0] << 16 | group[1] << 8 | group[2]
            let known = Swift.min(3, count - start) + 1
            for position in 0..<4 {
                text.append(position < known ? digits[bits >> (18 - 6 * position) & 63] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
