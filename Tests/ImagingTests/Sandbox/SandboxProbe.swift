import DurableFiles
import Glibc
import ImagingWire
import Testing

@testable import ImagingPool

/// Makes system calls inside the sandbox of a real worker, each in a process of its own.
enum SandboxProbe {
    enum Outcome: Hashable, Sendable {
        /// The call was made.
        case made
        /// It failed or was refused with this errno.
        case refused(Int32)
        /// The process was killed for it (SIGSYS).
        case killed
        case other(String)
    }

    /// The outcomes of calls, each given as `InjectedFault` reads it.
    ///
    /// - Parameter arguments: Of the worker, beside the one that lets it inject faults.
    static func outcomes(
        of calls: [String], arguments: [String] = [], policy: SandboxPolicy = .available
    ) async throws -> [Outcome] {
        let executable = try #require(WorkerExecutable.find(path: nil), "not built")
        let outcomes: Result<[Outcome], WorkerStartError> = try await WorkerTurns.run {
            // The worker ends with the thread that started it.
            let threads = ThreadPool(name: "probe", threads: 1)
            defer { threads.shutdown() }
            return await threads.run {
                do throws(WorkerStartError) {
                    let worker = try WorkerProcess(executable, ["--inject-faults"] + arguments)
                    defer { worker.end() }
                    let request = PictureRequest(limits: testLimits().picture, sandbox: policy)
                    return .success(calls.map { outcome(of: $0, by: worker, request) })
                } catch {
                    return .failure(error)
                }
            }
        }
        return try outcomes.get()
    }

    private static func outcome(of call: String, by worker: WorkerProcess, _ request: PictureRequest) -> Outcome {
        guard let file = try? TestFile(Array("wharf-fault: call \(call)\n".utf8)) else { return .other("no file") }
        defer { file.close() }
        guard case .answered(_, let end) = worker.exchange(file.descriptor, request) else { return .other("no answer") }
        return switch end.exitReason {
        case .exit(200): .made
        case .exit(let number): .refused(Int32(number))
        case .signal(UInt32(SIGSYS)): .killed
        case let other: .other("\(other)")
        }
    }
}
