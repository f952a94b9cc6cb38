import Glibc
import Measuring

/// tusd, the reference server of tus, where its program is named on the command line: no build fetches it. It hashes nothing
/// and syncs nothing.
struct Tusd: TusPeer {
    let server: ServerProcess

    /// - Parameter directory: The directory for the uploads.
    init(_ program: String, in directory: String) throws(BenchError) {
        guard mkdir(directory, 0o700) == 0 else { throw BenchError("cannot make “\(directory)”: errno \(errno)") }
        let port = try Loopback.freePort()
        server = try ServerProcess(
            program,
            [
                "-host", "127.0.0.1", "-port", "\(port)", "-upload-dir", directory, "-base-path", "/files/",
                "-verbose=false",
            ],
            port: port, health: "/")
    }
}
