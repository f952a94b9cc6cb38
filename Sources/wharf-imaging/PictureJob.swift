import CSandbox
import Glibc
import Imaging
import ImagingWire

/// One picture: its limits, the descriptor of its bytes, and the descriptor for the reply.
struct PictureJob {
    let request: PictureRequest
    let picture: Int32
    let reply: Int32

    func close() {
        _ = Glibc.close(picture)
        _ = Glibc.close(reply)
    }

    /// The body of the child process: enters the sandbox before it reads a byte.
    func run(childOf worker: pid_t, injectingFaults: Bool) -> Never {
        _ = wharf_die_with_parent()
        guard getppid() == worker, let job = withKnownDescriptors(), Confinement.enter(request.limits) else {
            _exit(ExitStatus.unconfined)
        }
        if injectingFaults { InjectedFault(of: job.picture)?.perform(reply: job.reply) }
        _exit(job.deriveAndReply() ? 0 : ExitStatus.failed)
    }

    /// Moves the two descriptors to fixed numbers and closes all others, including the socket to the server.
    private func withKnownDescriptors() -> PictureJob? {
        let job = PictureJob(request: request, picture: ForkServer.control, reply: ForkServer.control + 1)
        guard dup2(picture, job.picture) >= 0, dup2(reply, job.reply) >= 0 else { return nil }
        wharf_close_from(UInt32(job.reply + 1))
        return job
    }

    /// - Returns: Whether a complete reply was written.
    @discardableResult
    func deriveAndReply() -> Bool {
        do throws(ImagingError) {
            return write(.derived(try PicturePipeline.derive(picture, limits: request.limits)))
        } catch {
            guard case .problem(let problem) = error else { return false }
            return write(.problem(problem))
        }
    }

    private func write(_ message: PictureReply) -> Bool {
        let bytes = message.bytes
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(reply, $0.baseAddress?.advanced(by: written), $0.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            written += count
        }
        return true
    }
}

/// The exit status of a picture's process without a reply.
enum ExitStatus {
    /// The sandbox could not be entered.
    static let unconfined = Int32(JobEnd.unconfinedStatus)
    /// A failure not caused by the picture.
    static let failed = Int32(JobEnd.failedStatus)
}

/// The sandbox of a picture's process: it can compute within limits and use its open descriptors.
enum Confinement {
    typealias Resource = __rlimit_resource
    static let core = RLIMIT_CORE

    /// Enters the sandbox irrevocably.
    ///
    /// - Returns: Whether it is complete. Landlock may be missing, since seccomp denies every path too.
    static func enter(_ limits: PictureLimits) -> Bool {
        _ = nice(Int32(limits.niceness))
        let isLimited =
            limit(RLIMIT_AS, to: limits.memoryBytes)
            && limit(RLIMIT_CPU, to: UInt64(limits.computeSeconds), atMost: UInt64(limits.computeSeconds) + 2)
            && limit(RLIMIT_FSIZE, to: 0) && limit(RLIMIT_NOFILE, to: 16) && limit(RLIMIT_CORE, to: 0)
        guard isLimited, wharf_deny_new_privileges() == 0 else { return false }
        _ = wharf_deny_paths()
        return wharf_deny_system_calls() == 0
    }

    /// - Parameter most: The hard limit, if different: SIGXCPU at the soft CPU limit identifies the cause, SIGKILL at
    ///   the hard one does not.
    static func limit(_ resource: Resource, to value: UInt64, atMost most: UInt64? = nil) -> Bool {
        var limit = rlimit(rlim_cur: rlim_t(value), rlim_max: rlim_t(most ?? value))
        return setrlimit(__rlimit_resource_t(resource.rawValue), &limit) == 0
    }
}
