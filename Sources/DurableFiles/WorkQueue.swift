import Glibc

/// A first-in, first-out queue with amortized constant time: jobs are appended to one array and popped from another,
/// which the first replaces, reversed, when it is empty.
package struct JobQueue: Sendable {
    package typealias Job = @Sendable () -> Void

    private var incoming: [Job] = []
    private var outgoing: [Job] = []

    package init() {}

    package mutating func append(_ job: @escaping Job) {
        incoming.append(job)
    }

    package mutating func popFirst() -> Job? {
        if outgoing.isEmpty {
            swap(&incoming, &outgoing)
            outgoing.reverse()
        }
        return outgoing.popLast()
    }
}

/// The jobs of a `ThreadPool` and the number of its workers: threads, or callers after the shutdown, that run jobs.
/// The pointers never change, and `deinit` frees them after the last reference.
final class WorkQueue: @unchecked Sendable {  // Proof: every `var` is accessed only while `mutex` is locked.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let workArrived = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var jobs = JobQueue()
    private var workers = 0
    private var idleWorkers = 0
    private var isClosed = false

    init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(workArrived, nil)
    }

    deinit {
        pthread_cond_destroy(workArrived)
        pthread_mutex_destroy(mutex)
        workArrived.deallocate()
        mutex.deallocate()
    }

    /// Counts a worker before its thread exists: a job appended in between relies on that worker.
    func addWorker() {
        pthread_mutex_lock(mutex)
        workers += 1
        pthread_mutex_unlock(mutex)
    }

    /// Reverts `addWorker` after the thread could not be created.
    func removeWorker() {
        pthread_mutex_lock(mutex)
        workers -= 1
        pthread_mutex_unlock(mutex)
    }

    /// Returns false if there was no worker: the caller has then become one and must call `work()`.
    func append(_ job: @escaping JobQueue.Job) -> Bool {
        pthread_mutex_lock(mutex)
        jobs.append(job)
        let hasWorker = workers > 0
        if !hasWorker { workers = 1 }
        let wakesOne = idleWorkers > 0
        pthread_mutex_unlock(mutex)
        if wakesOne { pthread_cond_signal(workArrived) }
        return hasWorker
    }

    /// Workers leave once the queue is empty.
    func close() {
        pthread_mutex_lock(mutex)
        isClosed = true
        pthread_mutex_unlock(mutex)
        pthread_cond_broadcast(workArrived)
    }

    /// Runs jobs until the queue is closed and empty.
    func work() {
        while let job = next() { job() }
    }

    /// A worker leaves in the critical section in which it sees the empty queue: `append` never relies on a worker that
    /// does not look again.
    private func next() -> JobQueue.Job? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if let job = jobs.popFirst() { return job }
            if isClosed {
                workers -= 1
                return nil
            }
            idleWorkers += 1
            pthread_cond_wait(workArrived, mutex)
            idleWorkers -= 1
        }
    }
}
