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
    func run(_ deriver: any FileDeriver, childOf worker: pid_t, _ options: WorkerOptions) -> Never {
        let confinement = Confinement(limits: request.limits, policy: request.sandbox, withheld: options.withheldLayers)
        guard let job = withKnownDescriptors(), let layers = confinement.enter(childOf: worker) else {
            _exit(ExitStatus.unconfined)
        }
        if options.injectsFaults { InjectedFault(of: job.picture)?.perform(reply: job.reply, worker: worker) }
        guard layers.isSuperset(of: request.sandbox.required) else { _exit(ExitStatus.unconfined) }
        _exit(job.reply(by: deriver) ? 0 : ExitStatus.failed)
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
    func reply(by deriver: any FileDeriver) -> Bool {
        if !request.sandbox.permitsCode { VipsLibrary.compileNothing() }
        do throws(ImagingError) {
            return write(.derived(try deriver.derive(picture, request)))
        } catch {
            guard case .problem(let problem, let takenAt) = error else { return false }
            return write(.problem(problem, takenAt: takenAt))
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
