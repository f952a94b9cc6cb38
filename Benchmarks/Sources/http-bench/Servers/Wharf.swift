import Measuring
import UploadCore

/// `bench-server`: Wharf's server over a store in a directory.
struct Wharf: CurlPeer {
    let server: ServerProcess
    let tlsPort: UInt16?
    /// The header line of every chunk.
    private var chunkFields = ""

    /// - Parameter writesDirectly: Whether large writes bypass the page cache at power-loss.
    init(
        in directory: String, _ durability: Durability, _ certificate: Certificate? = nil, writesDirectly: Bool = true
    ) throws(BenchError) {
        let port = try Loopback.freePort()
        var arguments = [directory, "\(port)", writesDirectly ? durability.name : "page-cache"]
        let tlsPort = certificate == nil ? nil : try Loopback.freePort()
        if let certificate, let tlsPort { arguments += ["\(tlsPort)", certificate.path, certificate.keyPath] }
        self.tlsPort = tlsPort
        server = try ServerProcess(try ServerProcess.neighbour("bench-server"), arguments, port: port)
    }

    /// The same server, with requests that declare the digest of every chunk.
    func digesting(_ payload: Wire.Payload) -> Wharf {
        var copy = self
        copy.chunkFields = "Content-Digest: \(ChunkDigest.field(of: payload))\r\n"
        return copy
    }

    func put(_ payload: Wire.Payload, on wire: Wire) throws(BenchError) -> String {
        try Self.blob(wire.call("POST", "/v1/blobs", payload))
    }

    func beginPut(_ payload: Wire.Payload, sending byteCount: Int, on wire: Wire) throws(BenchError) {
        try wire.begin("POST", "/v1/blobs", payload, sending: byteCount)
    }

    func put(chunks: Int, of payload: Wire.Payload, on wire: Wire) throws(BenchError) -> [String] {
        let size = payload.byteCount
        let request = Wire.Payload(
            text: #"{"name":"film.mp4","type":"video/mp4","length":\#(chunks * size),"chunk_size":\#(size)}"#)
        let upload = "/v1/uploads/" + (try wire.call("POST", "/v1/uploads", request).value("id"))
        for index in 0..<chunks {
            try wire.call("PUT", "\(upload)/chunks/\(index)", payload, fields: chunkFields)
        }
        return [try Self.blob(wire.call("POST", upload + "/finish", Wire.Payload(text: "{}")))]
    }

    func put(file: String, by curl: Curl) throws(BenchError) -> String {
        try Self.blob(curl.send("POST", "/v1/blobs", file))
    }

    private static func blob(_ answer: Answer) throws(BenchError) -> String {
        "/v1/blobs/" + (try answer.value("blob"))
    }
}
