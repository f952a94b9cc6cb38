import Glibc
import Measuring
import UploadCore

/// `wharf serve`: the same program over a directory and as a node of a cluster.
struct Node: NativePeer {
    enum Store {
        case directory(String, Durability)
        case cluster(catalogue: String, objects: String)
    }

    let server: ServerProcess

    /// - Parameters:
    ///   - program: The path of `wharf`.
    ///   - log: The file that gets what it prints: each deletion is a line.
    ///   - settings: More of them, as `name=value`.
    init(_ program: String, _ store: Store, settings: [String] = [], log: String) throws(BenchError) {
        let port = try Loopback.freePort()
        var arguments = ["serve", "--listen", "127.0.0.1:\(port)"]
        switch store {
        case .directory(let path, let durability): arguments += ["--data", path, "--durability", durability.name]
        case .cluster(let catalogue, let objects): arguments += ["--catalogue", catalogue, "--objects", objects]
        }
        for setting in settings { arguments += ["--set", setting] }
        server = try ServerProcess(program, arguments, port: port, log: log)
    }
}
