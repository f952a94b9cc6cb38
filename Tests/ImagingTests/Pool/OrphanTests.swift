import CSandbox
import DurableFiles
import Glibc
import ImagingWire
import Testing

@testable import ImagingPool

/// Workers whose server is gone. A dying server closes its sockets and ends its threads; either ends the worker.
@Suite struct OrphanTests {
    private let executable = WorkerExecutable.find(path: nil) ?? ""

    /// Starts a worker with a picture's process that never ends by itself.
    private func busyWorker() async throws -> (worker: WorkerProcess, child: pid_t) {
        let worker = try WorkerProcess(executable, ["--inject-faults"])
        let file = try TestFile(Array("wharf-fault: hang".utf8))
        defer { file.close() }
        let reply = try SocketPair()
        let request = PictureRequest(limits: PictureLimits()).bytes
        let sent = wharf_send_descriptors(worker.control, request, request.count, [file.descriptor, reply.theirs], 2)
        try #require(sent == request.count)
        // The other end stays open, so that a closed reply does not end the process.
        close(reply.theirs)
        return (worker, try await Processes.child(of: worker.pid))
    }

    @Test func `a worker whose server is gone ends, and so does the picture's process`() async throws {
        let (worker, child) = try await busyWorker()
        shutdown(worker.control, Int32(SHUT_RDWR))
        #expect(await Processes.areGone([worker.pid, child]))
        worker.end()
    }

    @Test func `a worker ends with the thread that started it`() async throws {
        let threads = ThreadPool(name: "starter", threads: 1)
        let executable = executable
        let worker = try await threads.run { () throws(WorkerStartError) in try WorkerProcess(executable, []) }
        threads.shutdown()
        #expect(await Processes.areGone([worker.pid]))
        worker.end()
    }

    @Test func `a picture's process ends with its worker`() async throws {
        let (worker, child) = try await busyWorker()
        worker.kill()
        #expect(await Processes.areGone([worker.pid, child]))
        worker.end()
    }
}
