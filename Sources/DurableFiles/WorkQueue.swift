import Dispatch
import Synchronization

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
final class WorkQueue: Sendable {
    private struct State {
        var jobs = JobQueue()
        var workers = 0
        /// Workers that wait for a wake-up that nobody has sent yet.
        var idleWorkers = 0
        var isClosed = false
    }

    private enum Next {
        case job(JobQueue.Job)
        case wait
        case leave
    }

    private let state = Mutex(State())
    private let wakeUps = DispatchSemaphore(value: 0)

    /// Counts a worker before its thread exists: a job appended in between relies on that worker.
    func addWorker() {
        state.withLock { $0.workers += 1 }
    }

    /// Reverts `addWorker` after the thread could not be created.
    func removeWorker() {
        state.withLock { $0.workers -= 1 }
    }

    /// Returns false if there was no worker: the caller has then become one and must call `work()`.
    func append(_ job: @escaping JobQueue.Job) -> Bool {
        let (hasWorker, wakesOne) = state.withLock { state in
            state.jobs.append(job)
            let hasWorker = state.workers > 0
            if !hasWorker { state.workers = 1 }
            let wakesOne = state.idleWorkers > 0
            if wakesOne { state.idleWorkers -= 1 }
            return (hasWorker, wakesOne)
        }
        if wakesOne { wakeUps.signal() }
        return hasWorker
    }

    /// Workers leave once the queue is empty.
    func close() {
        let idleWorkers = state.withLock { state in
            state.isClosed = true
            defer { state.idleWorkers = 0 }
            return state.idleWorkers
        }
        for _ in 0..<idleWorkers { wakeUps.signal() }
    }

    /// Runs jobs until the queue is closed and empty.
    func work() {
        while true {
            switch next() {
            case .job(let job): job()
            case .wait: wakeUps.wait()
            case .leave: return
            }
        }
    }

    /// A worker leaves in the critical section in which it sees the empty queue: `append` never relies on a worker that
    /// does not look again.
    private func next() -> Next {
        state.withLock { state in
            if let job = state.jobs.popFirst() { return .job(job) }
            if state.isClosed {
                state.workers -= 1
                return .leave
            }
            state.idleWorkers += 1
            return .wait
        }
    }
}
