import Measuring

/// Wharf's server by “Resumable Uploads for HTTP”, version 9, with its interim responses, in the same process as tus.
struct WharfResumable: Peer {
    let server: ServerProcess

    private static let version = "Upload-Draft-Interop-Version: 9\r\n"

    func put(_ payload: Wire.Payload, on wire: Wire) throws(BenchError) -> String {
        let answer = try wire.call("POST", "/files", payload, fields: Self.version + "Upload-Complete: ?1\r\n")
        return try Self.target(answer)
    }

    func beginPut(_ payload: Wire.Payload, sending byteCount: Int, on wire: Wire) throws(BenchError) {
        try wire.begin(
            "POST", "/files", payload, fields: Self.version + "Upload-Complete: ?1\r\n", sending: byteCount)
    }

    func put(chunks: Int, of payload: Wire.Payload, on wire: Wire) throws(BenchError) -> [String] {
        let length = chunks * payload.byteCount
        let creation = Self.version + "Upload-Complete: ?0\r\nUpload-Length: \(length)\r\n"
        let upload = try Self.target(wire.call("POST", "/files", fields: creation))
        for offset in stride(from: 0, to: length, by: payload.byteCount) {
            let isLast = offset + payload.byteCount == length
            try wire.call(
                "PATCH", upload, payload,
                fields: Self.version + "Content-Type: application/partial-upload\r\nUpload-Offset: \(offset)\r\n"
                    + "Upload-Complete: \(isLast ? "?1" : "?0")\r\n")
        }
        return [upload]
    }

    /// Deleting a blob is no part of the protocol.
    func remove(_ targets: [String]) throws(BenchError) { try WharfTus(server: server).remove(targets) }

    private static func target(_ answer: Answer) throws(BenchError) -> String {
        guard let path = answer.location else { throw BenchError("a creation without a location") }
        return path
    }
}

extension Wharf {
    var resumable: WharfResumable { WharfResumable(server: server) }
}
