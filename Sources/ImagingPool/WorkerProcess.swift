import CSandbox
import Glibc
import ImagingWire

/// One running `wharf-imaging`, from its start to its end.
///
/// Linux ends it with the thread that started it: threads that start workers live as long as the pool.
final class WorkerProcess: Sendable {
    /// How long it may take to load libvips and say hello.
    private static let startSeconds: Int64 = 15

    let control: Int32
    let pid: pid_t

    /// Starts the executable and waits for its hello.
    init(_ executable: String, _ arguments: [String]) throws(WorkerTrouble) {
        let ends = try SocketPair()
        do throws(WorkerTrouble) {
            pid = try spawnWorker(executable, arguments, control: ends.theirs)
        } catch {
            close(ends.theirs)
            close(ends.ours)
            throw error
        }
        // As long as it is open here, the worker's end of it has no end.
        close(ends.theirs)
        control = ends.ours
        do throws(WorkerTrouble) {
            try awaitHello(of: executable)
        } catch {
            end()
            throw error
        }
    }

    /// Ends it and the process of the picture it works on, without asking.
    func kill() {
        _ = Glibc.kill(pid, SIGKILL)
    }

    /// Ends it and waits for its end. Nothing may be called afterwards.
    func end() {
        close(control)
        kill()
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    }

    // MARK: -

    /// What goes to standard error before the hello comes here too: it says why there is none.
    private func awaitHello(of executable: String) throws(WorkerTrouble) {
        let deadline = Deadline(milliseconds: Self.startSeconds * 1000)
        var heard: [UInt8] = []
        while heard.count < 1000 {
            if heard.count >= Hello.byteCount, let hello = try? Hello(parsing: Array(heard.prefix(Hello.byteCount))) {
                guard hello.version == Hello.version else {
                    throw WorkerTrouble(
                        "\(executable) is of another version than the server (\(hello.version), not \(Hello.version))")
                }
                return
            }
            guard control.isReadable(before: deadline) else {
                throw WorkerTrouble("\(executable) says nothing for \(Self.startSeconds) seconds; is it wharf-imaging?")
            }
            let more = control.received(upTo: 1000)
            if more.isEmpty { break }
            heard += more
        }
        let text = String(decoding: heard.filter { (0x20...0x7e).contains($0) }, as: UTF8.self)
        throw WorkerTrouble(
            text.isEmpty
                ? "\(executable) ended without a word; is it wharf-imaging?" : "\(executable) does not start: \(text)")
    }
}

/// Why there is no working worker. Names paths: it is for the operator.
public struct WorkerTrouble: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
