import CSandbox
import Glibc
import Imaging
import ImagingWire

/// A process that has libvips ready and makes a copy of itself for each picture. It never looks at a picture: what a picture
/// can do, it does to the copy.
struct Worker {
    /// The socket to the server.
    static let control: Int32 = 3

    private let options: WorkerOptions

    /// Gets ready; nil if libvips cannot be used.
    init?(_ options: WorkerOptions) {
        self.options = options
        _ = wharf_die_with_parent()
        wharf_close_from(UInt32(Self.control + 1))
        guard chdir("/") == 0, wharf_deny_new_privileges() == 0, Confinement.limit(Confinement.core, to: 0) else {
            return nil
        }
        guard VipsLibrary.start() else { return nil }
        // Until here the server reads what goes to standard error; from here on nobody does.
        let null = open("/dev/null", O_RDWR | O_CLOEXEC)
        guard null >= 0, dup2(null, STDERR_FILENO) >= 0 else { return nil }
        close(null)
    }

    /// Says hello, then answers one request after the other until the server closes the socket.
    func serve() {
        guard Self.send(Hello().bytes) else { return }
        while let job = Self.receive() {
            let end = options.isInProcess ? deriveHere(job) : derive(job)
            guard let end, Self.send(end.bytes) else { return }
        }
    }

    // MARK: - One picture

    /// Starts a process for it and waits for its end; nil if the server went away meanwhile.
    private func derive(_ job: PictureJob) -> JobEnd? {
        let worker = getpid()
        let child = wharf_fork()
        if child == 0 { job.run(childOf: worker, rehearsing: options.rehearsesFailures) }
        job.close()
        guard child > 0 else { return JobEnd(way: .notStarted, computeMicroseconds: 0, residentBytesMax: 0) }
        return ChildWatch(child, control: Self.control).end(withinSeconds: job.request.limits.seconds)
    }

    private func deriveHere(_ job: PictureJob) -> JobEnd? {
        job.deriveAndReply()
        job.close()
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return JobEnd(way: .exit(0), usage)
    }

    // MARK: - The socket

    private static func send(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { wharf_send_descriptors(control, $0.baseAddress, $0.count, nil, 0) } == bytes.count
    }

    /// The next request; nil at the end, and for anything that is none.
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
