import CSandbox
import Glibc
import ImagingWire

/// A running `wharf-imaging` process.
///
/// Linux kills it with the thread that started it (PR_SET_PDEATHSIG), so the pool's threads live as long as the pool.
final class WorkerProcess: Sendable {
    /// The time to load libvips and send the handshake.
    private static let startSeconds: Int64 = 15

    let control: Int32
    let pid: pid_t
    /// The layers of its sandbox.
    let layers: SandboxLayers

    /// Starts the executable and waits for its handshake.
    init(_ executable: String, _ arguments: [String]) throws(WorkerStartError) {
        let ends = try SocketPair()
        do throws(WorkerStartError) {
            pid = try spawnWorker(executable, arguments, control: ends.theirs)
        } catch {
            close(ends.theirs)
            close(ends.ours)
            throw error
        }
        // While it is open here, reads would not see the worker's end.
        close(ends.theirs)
        control = ends.ours
        do throws(WorkerStartError) {
            layers = try Self.awaitHandshake(of: executable, on: ends.ours)
        } catch {
            Self.end(pid, control: ends.ours)
            throw error
        }
    }

    /// Kills it, and with it the process of its current picture.
    func kill() {
        _ = Glibc.kill(pid, SIGKILL)
    }

    /// Kills and reaps it. No call may follow.
    func end() {
        Self.end(pid, control: control)
    }

    private static func end(_ pid: pid_t, control: Int32) {
        close(control)
        _ = Glibc.kill(pid, SIGKILL)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    }

    // MARK: -

    /// Receives the handshake and the report about the sandbox. Standard error is connected to the same socket, so that a
    /// failure before the handshake can be reported.
    private static func awaitHandshake(
        of executable: String, on control: Int32
    ) throws(WorkerStartError) -> SandboxLayers {
        let deadline = Deadline(milliseconds: startSeconds * 1000)
        var received: [UInt8] = []
        while received.count < 1000 {
            if received.count >= Handshake.byteCount,
                let handshake = try? Handshake(parsing: Array(received.prefix(Handshake.byteCount)))
            {
                guard handshake.version == Handshake.version else {
                    throw WorkerStartError(
                        "\(executable) speaks protocol \(handshake.version), the server \(Handshake.version)"
                    )
                }
                let report = received.dropFirst(Handshake.byteCount)
                if report.count >= SandboxReport.byteCount {
                    guard let parsed = try? SandboxReport(parsing: Array(report)) else { break }
                    return parsed.layers
                }
            }
            guard control.isReadable(before: deadline) else {
                throw WorkerStartError(
                    "\(executable) sent no handshake within \(startSeconds) seconds; is it wharf-imaging?")
            }
            let more = control.received(upTo: 1000)
            if more.isEmpty { break }
            received += more
        }
        let text = String(decoding: received.filter { (0x20...0x7e).contains($0) }, as: UTF8.self)
        throw WorkerStartError(
            text.isEmpty
                ? "\(executable) exited without a handshake; is it wharf-imaging?"
                : "\(executable) does not start: \(text)")
    }
}

/// Why no worker could be started. For the operator: it contains paths.
public struct WorkerStartError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    package init(_ description: String) {
        self.description = description
    }
}

/// The outcome of a request to a worker.
enum ExchangeOutcome {
    /// The picture's process ended and wrote this reply.
    case answered([UInt8], JobEnd)
    /// The worker was dead before the request.
    case notSent
    /// The worker died during the request.
    case died
    /// The worker exceeded its own time limit, or sent a malformed message.
    case misbehaved
    /// The reply exceeds the largest valid one.
    case tooLong
}

extension WorkerProcess {
    /// The additional time before a worker that misses its own time limit is given up.
    private static let graceMilliseconds: Int64 = 5000

    /// Sends a picture and waits for the outcome. After any outcome but `answered` the worker must be discarded.
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

    /// Reads the reply as it arrives, so that its writer never blocks, until the worker reports the end of the process.
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
