import Glibc
import Measuring

/// tuspyserver (PyPI) under uvicorn: it hashes nothing, and syncs nothing but concatenations.
struct TusPyServer: TusPeer {
    let server: ServerProcess

    /// - Parameter directory: The directory for the uploads.
    init(in directory: String) throws(BenchError) {
        guard mkdir(directory, 0o700) == 0 else { throw BenchError("cannot make “\(directory)”: errno \(errno)") }
        let port = try Loopback.freePort()
        // Its two workers and the resource tracker of Python's `multiprocessing`.
        server = try ServerProcess(Self.program, [directory, "\(port)"], port: port, childCount: 3)
    }

    private static let program =
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/")
        + "/Peers/tuspyserver/serve"
}
