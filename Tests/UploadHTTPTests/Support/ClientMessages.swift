import HTTPTypes
import NativeWire

/// A request as a client writes it.
struct ClientRequest: Sendable {
    /// How the end of a body is told.
    enum Framing: Sendable {
        case contentLength
        /// In pieces of so many bytes, each a chunk of `Transfer-Encoding: chunked`.
        case chunked(pieceBytes: Int)
    }

    var method: String
    var target: String
    var fields: [(name: String, value: String)]
    var body: [UInt8]?
    var framing: Framing
    /// What follows a body that comes in pieces.
    var trailers: [(name: String, value: String)]

    init(
        _ method: String, _ target: String, fields: [(name: String, value: String)] = [], body: [UInt8]? = nil,
        framing: Framing = .contentLength, trailers: [(name: String, value: String)] = []
    ) {
        self.method = method
        self.target = target
        self.fields = fields
        self.body = body
        self.framing = framing
        self.trailers = trailers
    }

    /// The header as HTTP/1.1 writes it, with `Host` and the framing of the body.
    var header: String {
        var lines = ["\(method) \(target) HTTP/1.1", "Host: localhost"] + fields.map { "\($0.name): \($0.value)" }
        if let body {
            switch framing {
            case .contentLength: lines.append("Content-Length: \(body.count)")
            case .chunked: lines.append("Transfer-Encoding: chunked")
            }
        }
        return lines.joined(separator: "\r\n") + "\r\n\r\n"
    }

    var bytes: [UInt8] { Array(header.utf8) + framedBody }

    /// The body as HTTP/1.1 writes it.
    var framedBody: [UInt8] {
        guard let body else { return [] }
        guard case .chunked(let pieceBytes) = framing else { return body }
        var framed: [UInt8] = []
        for start in stride(from: 0, to: body.count, by: pieceBytes) {
            let piece = body[start..<min(body.count, start + pieceBytes)]
            framed += Array("\(String(piece.count, radix: 16))\r\n".utf8) + piece + Array("\r\n".utf8)
        }
        let after = trailers.map { "\($0.name): \($0.value)\r\n" }.joined()
        return framed + Array("0\r\n\(after)\r\n".utf8)
    }
}

/// An answer as a client reads it.
struct ClientResponse: Sendable {
    var status: Int
    var fields: [(name: String, value: String)]
    var body: [UInt8]
    /// The interim answers before it.
    var interimAnswers: [ClientResponse] = []

    /// The statuses of the interim answers before it.
    var interim: [Int] { interimAnswers.map(\.status) }

    /// The value of the only field of a name.
    subscript(name: String) -> String? {
        let values = fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
        return values.count == 1 ? values[0] : nil
    }

    var text: String { String(decoding: body, as: UTF8.self) }

    var json: JSON? { JSON(parsing: body) }

    /// The code of a problem.
    var code: String? { json?["code"]?.text }

    func document<Document: Decodable>(_ type: Document.Type) throws -> Document {
        try NativeJSON.decode(type, from: body)
    }
}
