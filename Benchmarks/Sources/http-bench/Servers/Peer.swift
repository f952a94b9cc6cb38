import Measuring

/// A server under measurement, with the operations common to all of them.
protocol Peer: Sendable {
    var server: ServerProcess { get }
    /// The header lines of every request, each with its line ending.
    var fields: String { get }

    /// Sends bytes as one request.
    ///
    /// - Returns: The path to read and delete them.
    func put(_ payload: Wire.Payload, on wire: Wire) throws(BenchError) -> String

    /// Sends the header and only the first `byteCount` bytes of the body of a request.
    func beginPut(_ payload: Wire.Payload, sending byteCount: Int, on wire: Wire) throws(BenchError)

    /// Sends bytes as chunks, a request each, one after the other.
    ///
    /// - Returns: The paths to read and delete them.
    func put(chunks: Int, of payload: Wire.Payload, on wire: Wire) throws(BenchError) -> [String]

    /// Deletes what was sent.
    func remove(_ targets: [String]) throws(BenchError)
}

extension Peer {
    var fields: String { "" }

    func connect() throws(BenchError) -> Wire { try Wire(port: server.port) }

    func remove(_ targets: [String]) throws(BenchError) {
        let wire = try connect()
        for target in targets { try wire.call("DELETE", target, fields: fields) }
    }
}
