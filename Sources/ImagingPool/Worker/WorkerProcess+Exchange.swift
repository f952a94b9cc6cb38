import CSandbox
import Glibc
import ImagingWire

/// What came of a request.
enum ExchangeOutcome {
    /// The picture's process has ended and left these bytes.
    case answered([UInt8], JobEnd)
    /// The worker was dead before it could be asked.
    case notSent
    /// The worker died while it was at it.
    case died
    /// The worker kept silent longer than its own limit, or said what is no message.
    case misbehaved
    /// The reply is larger than any can be.
    case tooLong
}

extension WorkerProcess {
    /// How much longer than a picture may take the worker is waited for: it has its own clock, and this is for a worker that
    /// fails.
    private static let graceMilliseconds: Int64 = 5000

    /// Sends a picture and waits for what comes of it. Unless it was answered, the worker is of no more use.
    func exchange(_ picture: Int32, _ request: PictureRequest) -> ExchangeOutcome {
        guard let reply = try? SocketPair() else { return .notSent }
        defer { close(reply.ours) }
        let bytes = request.bytes
        let sent = bytes.withUnsafeBytes {
            wharf_send_descriptors(control, $0.baseAddress, $0.count, [picture, reply.theirs], 2)
        }
        close(reply.theirs)
        guard sent == bytes.count else { return .notSent }
        let milliseconds = Int64(request.limits.seconds) * 1000 + Self.graceMilliseconds
        return collect(reply.ours, before: Deadline(milliseconds: milliseconds))
    }

    /// Reads the reply as it comes, so that its writer never waits, until the worker has said how its process ended.
    private func collect(_ reply: Int32, before deadline: Deadline) -> ExchangeOutcome {
        var (bytes, end): ([UInt8], [UInt8]) = ([], [])
        var isReplyOpen = true
        while isReplyOpen || end.count < JobEnd.byteCount {
            let ready = awaitReadable(
                [isReplyOpen ? reply : -1, end.count < JobEnd.byteCount ? control : -1], before: deadline)
            if ready[0] {
                let more = reply.received(upTo: 256 << 10)
                isReplyOpen = !more.isEmpty
                bytes += more
                if bytes.count > PictureReply.byteCountMax { return .tooLong }
            }
            if ready[1] {
                let more = control.received(upTo: JobEnd.byteCount - end.count)
                if more.isEmpty { return .died }
                end += more
            }
            if !ready[0], !ready[1] { return .misbehaved }
        }
        do throws(WireError) {
            return .answered(bytes, try JobEnd(parsing: end))
        } catch {
            return .misbehaved
        }
    }
}
