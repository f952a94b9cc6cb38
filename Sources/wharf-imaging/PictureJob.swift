import CSandbox
import Glibc
import Imaging
import ImagingWire

/// One picture: what to hold to, where its bytes are, and where the reply goes.
struct PictureJob {
    let request: PictureRequest
    let picture: Int32
    let reply: Int32

    func close() {
        _ = Glibc.close(picture)
        _ = Glibc.close(reply)
    }

    /// The life of the process that decodes it: confined before it has seen a byte.
    func run(childOf worker: pid_t, rehearsing: Bool) -> Never {
        _ = wharf_die_with_parent()
        guard getppid() == worker, let alone = moved(), Confinement.enter(request.limits) else {
            _exit(ExitStatus.unconfined)
        }
        if rehearsing { Rehearsal(of: alone.picture)?.perform(reply: alone.reply) }
        _exit(alone.deriveAndReply() ? 0 : ExitStatus.failed)
    }

    /// With the two descriptors in known places and no other open, the socket to the server among them.
    private func moved() -> PictureJob? {
        let job = PictureJob(request: request, picture: Worker.control, reply: Worker.control + 1)
        guard dup2(picture, job.picture) >= 0, dup2(reply, job.reply) >= 0 else { return nil }
        wharf_close_from(UInt32(job.reply + 1))
        return job
    }

    /// - Returns: Whether there is a reply in full.
    @discardableResult
    func deriveAndReply() -> Bool {
        do throws(ImagingError) {
            return write(.derived(try PictureLane.derive(picture, limits: request.limits)))
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

/// What the process of a picture ends with where there is no reply.
enum ExitStatus {
    /// It could not be confined, and did not begin.
    static let unconfined = Int32(JobEnd.unconfinedStatus)
    /// Memory or a library failed, and the picture is not to blame.
    static let failed = Int32(JobEnd.failedStatus)
}
