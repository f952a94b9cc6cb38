import BareServing
import Glibc

/// The least that a server can do with an upload: it receives the bytes, hashes them if it is told to, and writes them to
/// a file. No catalogue, no limits, no timeouts; of HTTP/1.1 only what the benchmark's client sends.
///
///     floor-server DIRECTORY PORT none|single process-crash|power-loss
///
/// `PUT /NAME/OFFSET` writes its body to a file at an offset, and at `power-loss` syncs the file before the answer;
/// `DELETE /NAME/…` removes the file; anything else is answered with 200. The hash is SHA-256, over the bytes of a
/// connection since offset 0 of a file.
@main
struct FloorServer {
    static func main() {
        let arguments = CommandLine.arguments
        guard arguments.count == 5, let port = UInt16(arguments[2]), let hashing = Hashing(rawValue: arguments[3])
        else {
            exit(64)
        }
        let configuration = FloorConfiguration(
            directory: arguments[1], hashing: hashing, syncs: arguments[4] == "power-loss")
        BareServer.run(at: port) { FloorConnection($0, configuration) }
    }
}

enum Hashing: String, Sendable {
    case none, single
}

struct FloorConfiguration: Sendable {
    let directory: String
    let hashing: Hashing
    /// Whether the file of a request is synced before its answer.
    let syncs: Bool
}
