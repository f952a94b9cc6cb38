import NIOCore

/// Runs the tasks of a connection on its event loop, so that reading a buffer and passing it on needs no thread hop.
/// Blocking calls and computation go to the store's threads.
final class EventLoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) {
        self.loop = loop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
