import Measuring

/// A server that curl can send files to, over TLS at a port of its own.
protocol CurlPeer: Peer {
    var tlsPort: UInt16? { get }

    /// Sends a file as one request.
    ///
    /// - Returns: The path to read and delete it.
    func put(file: String, by curl: Curl) throws(BenchError) -> String
}

extension CurlPeer {
    func port(for mode: Curl.Mode) throws(BenchError) -> UInt16 {
        guard mode != .clear else { return server.port }
        guard let tlsPort else { throw BenchError("the server has no certificate") }
        return tlsPort
    }
}
