import Measuring

/// A tus 1.0 server, used as most clients do.
protocol TusPeer: Peer {}

extension TusPeer {
    var fields: String { "Tus-Resumable: 1.0.0\r\n" }

    private var creation: String { fields + "Upload-Metadata: filename ZmlsbS5tcDQ=,filetype dmlkZW8vbXA0\r\n" }
    private static var bytes: String { "Content-Type: application/offset+octet-stream\r\n" }

    func put(_ payload: Wire.Payload, on wire: Wire) throws(BenchError) -> String {
        let answer = try wire.call(
            "POST", "/files", payload, fields: creation + Self.bytes + "Upload-Length: \(payload.byteCount)\r\n")
        return try Self.target(answer)
    }

    func beginPut(_ payload: Wire.Payload, sending byteCount: Int, on wire: Wire) throws(BenchError) {
        try wire.begin(
            "POST", "/files", payload, fields: creation + Self.bytes + "Upload-Length: \(payload.byteCount)\r\n",
            sending: byteCount)
    }

    func put(chunks: Int, of payload: Wire.Payload, on wire: Wire) throws(BenchError) -> [String] {
        let length = chunks * payload.byteCount
        let upload = try Self.target(
            wire.call("POST", "/files", fields: creation + "Upload-Length: \(length)\r\n"))
        for offset in stride(from: 0, to: length, by: payload.byteCount) {
            try wire.call("PATCH", upload, payload, fields: fields + Self.bytes + "Upload-Offset: \(offset)\r\n")
        }
        return [upload]
    }

    private static func target(_ answer: Answer) throws(BenchError) -> String {
        guard let path = answer.location else { throw BenchError("a creation without a location") }
        return path
    }
}

/// Wharf's server by tus, in the same process as the native API.
struct WharfTus: TusPeer {
    let server: ServerProcess
}

extension Wharf {
    var tus: WharfTus { WharfTus(server: server) }
}
