import CSandbox
import Glibc
import Imaging
import ImagingWire

/// Loads its libraries once and forks a child for each picture. It never reads a picture itself, so a hostile picture can
/// affect its own child only.
struct ForkServer {
    /// The socket to the server.
    static let control: Int32 = 3

    private let deriver: any FileDeriver
    private let options: WorkerOptions
    private let report: SandboxReport

    /// Initializes the process; nil if the libraries cannot be used.
    init?(_ deriver: any FileDeriver, _ options: WorkerOptions) {
        self.deriver = deriver
        self.options = options
        _ = wharf_die_with_parent()
        wharf_close_from(UInt32(Self.control + 1))
        guard chdir("/") == 0, wharf_deny_new_privileges() == 0, Confinement.limit(Confinement.core, to: 0) else {
            return nil
        }
        guard VipsLibrary.start(), deriver.start() else { return nil }
        report = SandboxReport(layers: Self.layersOfTrial(withholding: options.withheldLayers))
        // The server reads standard error up to this point only.
        let null = open("/dev/null", O_RDWR | O_CLOEXEC)
        guard null >= 0, dup2(null, STDERR_FILENO) >= 0 else { return nil }
        close(null)
    }

    /// Sends the handshake and the report about the sandbox, then serves one request after another until the server
    /// closes the socket.
    func serve() {
        guard Self.send(Handshake().bytes + report.bytes) else { return }
        while let job = Self.receive() {
            let end = options.isInProcess ? deriveHere(job) : derive(job)
            guard let end, Self.send(end.bytes) else { return }
        }
    }

    /// The layers of the sandbox that a child without a picture could enter.
    private static func layersOfTrial(withholding withheld: SandboxLayers) -> SandboxLayers {
        let worker = getpid()
        let child = wharf_fork()
        if child == 0 {
            let confinement = Confinement(limits: PictureLimits(), policy: .available, withheld: withheld)
            _exit(Int32((confinement.enter(childOf: worker) ?? []).rawValue))
        }
        guard child > 0,
            case .exit(let layers) = ChildReaper(child, control: control).reap(withinSeconds: 5)?.exitReason
        else { return [] }
        return SandboxLayers(rawValue: layers).intersection(.all)
    }

    // MARK: - One picture

    /// Forks a child and waits for its end; nil if the server is gone.
    private func derive(_ job: PictureJob) -> JobEnd? {
        let worker = getpid()
        let child = wharf_fork()
        if child == 0 { job.run(deriver, childOf: worker, options) }
        job.close()
        guard child > 0 else { return JobEnd(exitReason: .notStarted, computeMicroseconds: 0, residentBytesMax: 0) }
        return ChildReaper(child, control: Self.control).reap(withinSeconds: job.request.limits.seconds)
    }

    private func deriveHere(_ job: PictureJob) -> JobEnd? {
        job.reply(by: deriver)
        job.close()
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return JobEnd(exitReason: .exit(0), usage)
    }

    // MARK: - The socket

    private static func send(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { wharf_send_descriptors(control, $0.baseAddress, $0.count, nil, 0) } == bytes.count
    }

    /// The next request; nil at the end and for malformed input.
    private static func receive() -> PictureJob? {
        var bytes = [UInt8](repeating: 0, count: PictureRequest.byteCount)
        var descriptors = [Int32](repeating: -1, count: Int(WHARF_DESCRIPTORS_MAX))
        var descriptorCount: Int32 = 0
        let count = bytes.withUnsafeMutableBytes {
            wharf_receive_descriptors(control, $0.baseAddress, $0.count, &descriptors, &descriptorCount)
        }
        guard count == bytes.count, descriptorCount == 2, let request = try? PictureRequest(parsing: bytes) else {
            return nil
        }
        return PictureJob(request: request, picture: descriptors[0], reply: descriptors[1])
    }
}
