import Measuring

/// A server under measurement: how it is asked for what all servers here can do.
protocol Peer: Sendable {
    var server: ServerProcess { get }
    /// Header lines that go with every request, each with its end.
    var fields: String { get }

    /// Sends bytes as one request.
    ///
    /// - Returns: Where they can be read and deleted.
    func put(_ payload: Wire.Payload, on wire: Wire) throws(BenchError) -> String

    /// Sends the header and so many bytes of the body of a request, and no more.
    func beginPut(_ payload: Wire.Payload, sending byteCount: Int, on wire: Wire) throws(BenchError)

    /// Sends bytes as chunks, a request each, one after the other.
    ///
    /// - Returns: Where they can be read and deleted.
    func put(chunks: Int, of payload: Wire.Payload, on wire: Wire) throws(BenchError) -> [String]
}

extension Peer {
    var fields: String { "" }

    func connect() throws(BenchError) -> Wire { try Wire(port: server.port) }

    func remove(_ targets: [String]) throws(BenchError) {
        let wire = try connect()
        for target in targets { try wire.call("DELETE", target, fields: fields) }
    }
}
