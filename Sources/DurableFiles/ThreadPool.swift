import Glibc
import Synchronization

/// A fixed number of threads that take jobs from one queue, first in, first out.
///
/// After `shutdown` a submitted job still runs exactly once. As no thread is left, the first late caller runs it on its
/// own thread, together with what others submit meanwhile: jobs of a pool of one thread never overlap, even then. The
/// same holds in a process that was refused every thread it asked for.
public final class ThreadPool: BlockingPool {
    /// How many threads the pool got; fewer than asked for if the system refused some.
    public let threadCount: Int
    private let queue = WorkQueue()
    private let threads: Mutex<[pthread_t]>

    /// - Parameters:
    ///   - name: shown by debuggers and `top`; Linux keeps the first 15 bytes.
    ///   - threads: at least 1.
    public init(name: String, threads count: Int) {
        precondition(count > 0, "A pool needs a thread, and got \(count)")
        var threads: [pthread_t] = []
        for _ in 0..<count {
            if let thread = Self.start(Worker(name: name, queue: queue)) { threads.append(thread) }
        }
        threadCount = threads.count
        // A queue that nobody serves has to let its late callers leave again.
        if threads.isEmpty { queue.close() }
        self.threads = Mutex(threads)
    }

    deinit {
        shutdown()
    }

    public func submit(_ job: @escaping @Sendable () -> Void) {
        if !queue.append(job) { queue.work() }
    }

    /// Waits until every job has run and every thread has ended. A second call does nothing.
    ///
    /// Called by one of the pool's own jobs, it waits for the other threads only.
    public func shutdown() {
        let threads = threads.withLock { threads in
            defer { threads = [] }
            return threads
        }
        if threads.isEmpty { return }
        queue.close()
        for thread in threads {
            if pthread_equal(thread, pthread_self()) != 0 {
                // The last reference to the pool went away inside a job. A thread cannot join itself; it ends after
                // the job, and its queue with it.
                pthread_detach(thread)
            } else {
                pthread_join(thread, nil)
            }
        }
    }

    /// What a thread is started with. It holds the queue and not the pool, or the pool would never go away.
    private final class Worker: Sendable {
        let name: String
        let queue: WorkQueue

        init(name: String, queue: WorkQueue) {
            self.name = name
            self.queue = queue
        }
    }

    private static func start(_ worker: Worker) -> pthread_t? {
        worker.queue.addWorker()
        let context = Unmanaged.passRetained(worker)
        var thread = pthread_t()
        let status = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                let worker = Unmanaged<Worker>.fromOpaque(context).takeRetainedValue()
                nameThisThread(worker.name)
                worker.queue.work()
                return nil
            }, context.toOpaque())
        guard status == 0 else {
            context.release()
            worker.queue.removeWorker()
            return nil
        }
        return thread
    }
}

/// Through procfs: Swift sees neither `pthread_setname_np`, a GNU extension, nor the variadic `prctl`. Without procfs
/// the thread keeps the process's name.
private func nameThisThread(_ name: String) {
    let descriptor = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    _ = Array(name.utf8).withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    close(descriptor)
}
