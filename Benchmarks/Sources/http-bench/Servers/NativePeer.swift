import Measuring

/// A server with Wharf's native API.
protocol NativePeer: Peer {
    /// The header lines of every chunk.
    var chunkFields: String { get }
}

extension NativePeer {
    var chunkFields: String { "" }

    func put(_ payload: Wire.Payload, on wire: Wire) throws(BenchError) -> String {
        try Self.blob(wire.call("POST", "/v1/blobs", payload))
    }

    func beginPut(_ payload: Wire.Payload, sending byteCount: Int, on wire: Wire) throws(BenchError) {
        try wire.begin("POST", "/v1/blobs", payload, sending: byteCount)
    }

    func put(chunks: Int, of payload: Wire.Payload, on wire: Wire) throws(BenchError) -> [String] {
        try put(chunks: chunks, of: payload, on: wire) { (send: () throws(BenchError) -> Void) throws(BenchError) in
            try send()
        }
    }

    /// - Parameter around: Sends a chunk, and waits for its acknowledgement.
    func put(
        chunks: Int, of payload: Wire.Payload, on wire: Wire,
        around: (_ send: () throws(BenchError) -> Void) throws(BenchError) -> Void
    ) throws(BenchError) -> [String] {
        let size = payload.byteCount
        let upload = try begin(length: chunks * size, chunkSize: size, on: wire)
        for index in 0..<chunks {
            try around { () throws(BenchError) in
                try wire.call("PUT", "\(upload)/chunks/\(index)", payload, fields: chunkFields)
            }
        }
        return [try Self.blob(wire.call("POST", upload + "/finish", Wire.Payload(text: "{}")))]
    }

    /// Begins an upload.
    ///
    /// - Parameter fields: Header lines, each with its line ending.
    /// - Returns: Its path.
    func begin(length: Int, chunkSize: Int, on wire: Wire, fields: String = "") throws(BenchError) -> String {
        let request = Wire.Payload(
            text: #"{"name":"film.mp4","type":"video/mp4","length":\#(length),"chunk_size":\#(chunkSize)}"#)
        return "/v1/uploads/" + (try wire.call("POST", "/v1/uploads", request, fields: fields).value("id"))
    }

    static func blob(_ answer: Answer) throws(BenchError) -> String {
        "/v1/blobs/" + (try answer.value("blob"))
    }
}
