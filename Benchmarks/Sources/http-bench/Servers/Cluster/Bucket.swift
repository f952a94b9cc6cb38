import Glibc
import Measuring

/// A bucket of nodes.
protocol Bucket: Sendable {
    /// The location as the setting `objects` has it.
    var location: String { get }

    /// Ends the engine; nothing of it is needed any more.
    func stop()
}

/// `stub-bucket`, which counts the requests of nodes, and uses little CPU beside them.
struct StubBucket: Bucket {
    private let server: ServerProcess
    var location: String { .location(server.port) }

    /// - Parameter keepsBytes: Whether what is stored can be read, and not only its length.
    init(keepsBytes: Bool = false) throws(BenchError) {
        let port = try Loopback.freePort()
        server = try ServerProcess(
            try ServerProcess.neighbour("stub-bucket"), ["\(port)", keepsBytes ? "all" : "none"], port: port,
            health: "/_counts")
    }

    func stop() { server.stop() }

    /// The figures of `GET /_counts`.
    func counts() throws(BenchError) -> [Substring: Int] {
        var counts: [Substring: Int] = [:]
        for line in try Wire(port: server.port).call("GET", "/_counts").text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 2 { counts[words[0]] = Int(words[1]) }
        }
        return counts
    }
}

/// SeaweedFS in one process, where its program is named on the command line: no build fetches it.
struct SeaweedFS: Bucket {
    private let server: ServerProcess
    var location: String { .location(server.port) }

    /// - Parameter directory: The directory for all of its files, which it makes.
    init(_ program: String, in directory: String) throws(BenchError) {
        for path in [directory, directory + "/data"] {
            guard mkdir(path, 0o700) == 0 else { throw BenchError("cannot make “\(path)”: errno \(errno)") }
        }
        let identity =
            #"{"name":"bench","credentials":[{"accessKey":"\#(Credentials.accessKey)","secretKey":"#
            + #""\#(Credentials.secretKey)"}],"actions":["Admin","Read","Write","List","Tagging"]}"#
        let identities = directory + "/s3.json"
        try writeText(#"{"identities":[\#(identity)]}"#, to: identities)
        self = try Self.attempt(program, directory, identities, again: 4)
    }

    private init(_ server: ServerProcess) {
        self.server = server
    }

    /// Starts it; with other ports if it ends, since a port may be taken between its choice and its use.
    private static func attempt(
        _ program: String, _ directory: String, _ identities: String, again: Int
    ) throws(BenchError) -> SeaweedFS {
        var (ports, flags) = ([String: UInt16](), [String]())
        for part in ["master", "volume", "filer", "s3"] {
            for name in [part + ".port", part + ".port.grpc"] {
                let port = try Loopback.freePort()
                ports[name] = port
                flags.append("-\(name)=\(port)")
            }
        }
        do throws(BenchError) {
            let server = try ServerProcess(
                program,
                [
                    "-logtostderr=true", "server", "-master.telemetry=false", "-master.peers=none",
                    "-dir=\(directory)/data", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-master.volumeSizeLimitMB=1024",
                    "-volume.max=0", "-filer", "-s3", "-s3.config=\(identities)", "-s3.port.iceberg=0",
                    "-s3.port.lance=0",
                ] + flags, port: ports["s3.port"] ?? 0, log: directory + "/log")
            let started = SeaweedFS(server)
            do throws(BenchError) {
                try awaitBucket(at: ports["filer.port"] ?? 0)
                return started
            } catch {
                started.stop()
                throw error
            }
        } catch {
            guard again > 0 else { throw error }
            return try attempt(program, directory, identities, again: again - 1)
        }
    }

    /// A directory of the filer is a bucket of S3. It stores a file once a volume is there, which takes seconds.
    private static func awaitBucket(at filer: UInt16) throws(BenchError) {
        let watch = Stopwatch()
        while true {
            do throws(BenchError) {
                try Wire(port: filer).call("PUT", "/buckets/bench/ready", Wire.Payload(text: "ready"))
                return
            } catch {
                guard watch.seconds < 60 else { throw error }
                usleep(200_000)
            }
        }
    }

    /// It takes half a minute over SIGTERM.
    func stop() { server.stop(by: SIGKILL) }
}

extension String {
    fileprivate static func location(_ port: UInt16) -> String {
        "s3://bench/wharf?endpoint=http://127.0.0.1:\(port)&preset=seaweedfs"
    }
}

/// The key of the engines. They are reachable from this machine alone, for the time of a run.
enum Credentials {
    static let accessKey = "bench"
    static let secretKey = "bench-secret"

    /// For the nodes, which read them from their environment.
    static func export() {
        setenv("AWS_ACCESS_KEY_ID", accessKey, 1)
        setenv("AWS_SECRET_ACCESS_KEY", secretKey, 1)
    }
}
