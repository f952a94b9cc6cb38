import NIOCore

/// Runs the tasks of a connection on the connection's own event loop: reading a buffer and handing it on takes no thread
/// hop. What blocks or computes goes to the store's threads.
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
