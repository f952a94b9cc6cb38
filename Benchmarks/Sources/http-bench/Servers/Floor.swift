import Glibc
import Measuring
import UploadCore

/// `floor-server`: what receiving, hashing and writing cost without a server around them.
struct Floor: Peer {
    enum Hashing: String {
        case none
        /// SHA-256, one connection at a time.
        case single
    }

    let server: ServerProcess
    private let names = Counter()

    /// - Parameter directory: The directory for the files.
    init(in directory: String, _ hashing: Hashing, _ durability: Durability) throws(BenchError) {
        guard mkdir(directory, 0o700) == 0 else { throw BenchError("cannot make “\(directory)”: errno \(errno)") }
        let port = try Loopback.freePort()
        server = try ServerProcess(
            try ServerProcess.neighbour("floor-server"), [directory, "\(port)", hashing.rawValue, durability.name],
            port: port)
    }

    func put(_ payload: Wire.Payload, on wire: Wire) throws(BenchError) -> String {
        try put(chunks: 1, of: payload, on: wire)[0]
    }

    func beginPut(_ payload: Wire.Payload, sending byteCount: Int, on wire: Wire) throws(BenchError) {
        try wire.begin("PUT", "/\(names.next())/0", payload, sending: byteCount)
    }

    func put(chunks: Int, of payload: Wire.Payload, on wire: Wire) throws(BenchError) -> [String] {
        let file = "/\(names.next())/"
        for chunk in 0..<chunks { try wire.call("PUT", file + "\(chunk * payload.byteCount)", payload) }
        return [file + "0"]
    }
}
