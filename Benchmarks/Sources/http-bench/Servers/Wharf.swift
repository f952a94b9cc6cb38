import Measuring
import UploadCore

/// `bench-server`: Wharf's server over a store in a directory.
struct Wharf: NativePeer, CurlPeer {
    let server: ServerProcess
    let tlsPort: UInt16?
    private(set) var chunkFields = ""

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

    func put(file: String, by curl: Curl) throws(BenchError) -> String {
        try Self.blob(curl.send("POST", "/v1/blobs", file))
    }
}
