import Glibc
import Synchronization

/// Threads that may block: for disk access and hashing.
///
/// Laws: every submitted job runs exactly once; jobs submitted to a pool of one thread run in the order of submission.
public protocol BlockingPool: Sendable {
    func submit(_ job: @escaping @Sendable () -> Void)
}

extension BlockingPool {
    /// Runs `body` on the pool and suspends until it has returned.
    ///
    ///     let size = try await pool.run { () throws(FileError) in try files.size(file) }
    public func run<Value: Sendable, Failure: Error>(
        _ body: @escaping @Sendable () throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let outcome: Result<Value, Failure> = await withUnsafeContinuation { continuation in
            submit {
                do throws(Failure) {
                    continuation.resume(returning: .success(try body()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try outcome.get()
    }
}

/// A fixed number of threads that take jobs from one queue, first in, first out.
///
/// After `shutdown` a submitted job still runs exactly once: the first late caller runs it on its own thread, together
/// with the jobs that others submit meanwhile, so that jobs of a pool of one thread never overlap. The same happens in
/// a process that cannot create threads.
public final class ThreadPool: BlockingPool {
    /// The number of running threads; fewer than requested if the system could not create all of them.
    public let threadCount: Int
    private let queue = WorkQueue()
    private let threads: Mutex<[pthread_t]>

    /// - Parameters:
    ///   - name: shown by debuggers and `top`; Linux keeps the first 15 bytes.
    ///   - threads: at least 1.
    public init(name: String, threads count: Int) {
        precondition(count > 0, "A pool needs at least one thread, not \(count)")
        var threads: [pthread_t] = []
        for _ in 0..<count {
            if let thread = Self.start(ThreadArgument(name: name, queue: queue)) { threads.append(thread) }
        }
        threadCount = threads.count
        // Without threads the callers serve the queue; closed, it lets them leave when it is empty.
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

    /// The argument of a new thread. It references the queue and not the pool, which could otherwise never be freed.
    private final class ThreadArgument: Sendable {
        let name: String
        let queue: WorkQueue

        init(name: String, queue: WorkQueue) {
            self.name = name
            self.queue = queue
        }
    }

    private static func start(_ argument: ThreadArgument) -> pthread_t? {
        argument.queue.addWorker()
        let context = Unmanaged.passRetained(argument)
        var thread = pthread_t()
        let status = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                let argument = Unmanaged<ThreadArgument>.fromOpaque(context).takeRetainedValue()
                nameThisThread(argument.name)
                argument.queue.work()
                return nil
            }, context.toOpaque())
        guard status == 0 else {
            context.release()
            argument.queue.removeWorker()
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
