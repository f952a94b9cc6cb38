import Dispatch
public import DurableFiles
import Synchronization

/// Runs tasks and pool jobs one at a time in an order determined by its seed: the same seed gives exactly the same
/// interleaving.
///
/// A task started by `start` or `run` runs here as a whole: its nonisolated functions, its child tasks, actors without
/// a custom executor, and its continuations that are resumed while the scheduler runs. An unstructured `Task {}` does
/// not inherit the executor preference and runs elsewhere, as do timers; neither belongs in a simulation.
///
/// As a `BlockingPool` it runs jobs in any order; `orderedPool()` returns pools that keep the order of submission. With
/// a `pauseProbability` jobs can be interrupted where they call `pausePoint`: other items then run before the rest of
/// the job, as on a machine that switches threads. There are several threads then, of which one runs at a time.
public final class SimulatedScheduler: TaskExecutor, BlockingPool {
    private enum Item: Sendable {
        case task(UnownedJob)
        case job(JobQueue.Job)
        /// The right to run the first job of the ordered pool with this number.
        case turn(Int)
        /// The rest of a paused job, whose thread waits for the signal.
        case paused(DispatchSemaphore)
    }

    /// A pool of one thread: while one of its jobs is paused, the next cannot start.
    private struct OrderedQueue: Sendable {
        var jobs = JobQueue()
        var isBusy = false
        var turnsOwed = 0
    }

    private struct State: Sendable {
        var random: SeededRandom
        var ready: [Item] = []
        var orderedQueues: [OrderedQueue] = []
        var unfinished: [Int: String] = [:]
        var lastTask = 0
        var steps = 0
        /// The number of steps at which the loop ends in any case.
        var stepsEnd = 0
        var isRunningJob = false
        var pausedJobs = 0
    }

    private let state: Mutex<State>
    private let stepsMax: Int
    private let pauseProbability: Double
    /// Where the loop runs; nil for the caller's own thread, if no job pauses. A job that pauses keeps its thread, and
    /// another one continues the loop.
    private let threads: ThreadPool?
    private let loopEnded = DispatchSemaphore(value: 0)

    private static let pausedJobsMax = 3

    /// - Parameters:
    ///   - stepsMax: The number of items after which one `runUntilIdle` reports the simulation as endless.
    ///   - pauseProbability: The probability that a job is interrupted at a `pausePoint`.
    public init(seed: UInt64, stepsMax: Int = 10_000_000, pauseProbability: Double = 0) {
        state = Mutex(State(random: SeededRandom(seed: seed)))
        self.stepsMax = stepsMax
        self.pauseProbability = pauseProbability
        threads = pauseProbability > 0 ? ThreadPool(name: "simulated", threads: Self.pausedJobsMax + 1) : nil
    }

    /// Items run so far.
    public var steps: Int {
        state.withLock { $0.steps }
    }

    // MARK: Tasks

    /// Starts a task that runs in the next `runUntilIdle`.
    /// - Parameter name: The task's name in a `SimulationStall`.
    public func start(_ name: String = "task", _ body: @escaping @Sendable () async -> Void) {
        let number = state.withLock { state in
            state.lastTask += 1
            state.unfinished[state.lastTask] = name
            return state.lastTask
        }
        Task(executorPreference: self) {
            await body()
            self.state.withLock { $0.unfinished[number] = nil }
        }
    }

    /// Runs all items, including those that become ready meanwhile, until nothing is left and all started tasks have
    /// finished.
    ///
    /// - Parameter whenIdle: Called when tasks wait and nothing is ready. Makes something ready, for example by
    ///   advancing a clock, or returns false.
    /// - Throws: `SimulationStall` if the simulation is deadlocked or endless. The tasks stay suspended, and another
    ///   run can continue them; if the scheduler is dropped instead, they are never freed.
    public func runUntilIdle(whenIdle: () -> Bool = { false }) throws(SimulationStall) {
        state.withLock { $0.stepsEnd = $0.steps + stepsMax }
        while true {
            runLoop()
            let (isEndless, isFinished) = state.withLock { ($0.steps >= $0.stepsEnd, $0.unfinished.isEmpty) }
            if isEndless { throw stall(.endless) }
            if isFinished { return }
            if !whenIdle() { throw stall(.deadlock) }
        }
    }

    /// Runs one task, and all others that are ready or were started, to completion.
    ///
    /// - Throws: The error of the body; `SimulationStall` like `runUntilIdle`.
    public func run<Value: Sendable>(
        _ name: String = "main", whenIdle: () -> Bool = { false },
        _ body: @escaping @Sendable () async throws -> Value
    ) throws -> Value {
        let outcome = Outcome<Value>()
        start(name) {
            do {
                let value = try await body()
                outcome.result.withLock { $0 = .success(value) }
            } catch {
                outcome.result.withLock { $0 = .failure(error) }
            }
        }
        try runUntilIdle(whenIdle: whenIdle)
        guard let result = outcome.result.withLock({ $0 }) else { throw stall(.deadlock) }
        return try result.get()
    }

    private final class Outcome<Value: Sendable>: Sendable {
        let result = Mutex<Result<Value, any Error>?>(nil)
    }

    // MARK: Pools

    public func submit(_ job: @escaping @Sendable () -> Void) {
        state.withLock { $0.ready.append(.job(job)) }
    }

    /// A pool whose jobs run in any order.
    public func pool() -> some BlockingPool {
        self
    }

    /// A pool whose jobs run in the order of submission, as in a pool of one thread.
    public func orderedPool() -> some BlockingPool {
        let number = state.withLock { state in
            state.orderedQueues.append(OrderedQueue())
            return state.orderedQueues.count - 1
        }
        return OrderedPool(scheduler: self, number: number)
    }

    private struct OrderedPool: BlockingPool {
        let scheduler: SimulatedScheduler
        let number: Int

        func submit(_ job: @escaping @Sendable () -> Void) {
            scheduler.state.withLock { state in
                state.orderedQueues[number].jobs.append(job)
                state.ready.append(.turn(number))
            }
        }
    }

    // MARK: TaskExecutor

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.withLock { $0.ready.append(.task(job)) }
    }

    // MARK: Pauses

    /// Lets other items run before the calling job goes on, with the probability of the scheduler. Called outside a job
    /// it does nothing.
    ///
    /// A job that holds a lock must not call it: the others would wait for the lock, and nothing would run.
    public func pausePoint() {
        let turn: DispatchSemaphore? = state.withLock { state in
            guard state.isRunningJob, state.pausedJobs < Self.pausedJobsMax, state.random.chance(pauseProbability)
            else { return nil }
            state.isRunningJob = false
            state.pausedJobs += 1
            let turn = DispatchSemaphore(value: 0)
            state.ready.append(.paused(turn))
            return turn
        }
        guard let turn, let threads else { return }
        threads.submit { self.loop() }
        turn.wait()
    }

    private func run(_ job: JobQueue.Job) {
        state.withLock { $0.isRunningJob = true }
        job()
        state.withLock { $0.isRunningJob = false }
    }

    private func runNext(ofOrderedPool number: Int) {
        let job: JobQueue.Job? = state.withLock { state in
            guard !state.orderedQueues[number].isBusy else {
                state.orderedQueues[number].turnsOwed += 1
                return nil
            }
            state.orderedQueues[number].isBusy = true
            return state.orderedQueues[number].jobs.popFirst()
        }
        guard let job else { return }
        run(job)
        state.withLock { state in
            state.orderedQueues[number].isBusy = false
            state.ready += (0..<state.orderedQueues[number].turnsOwed).map { _ in .turn(number) }
            state.orderedQueues[number].turnsOwed = 0
        }
    }

    // MARK: The loop

    private func runLoop() {
        guard let threads else {
            loop()
            return
        }
        threads.submit {
            self.loop()
        }
        loopEnded.wait()
    }

    /// Runs items until none is ready, or until a paused job goes on: its thread continues the loop after the job.
    private func loop() {
        while let item = next() {
            // Without the lock, because an item may make others ready.
            switch item {
            case .task(let job): job.runSynchronously(on: asUnownedTaskExecutor())
            case .job(let job): run(job)
            case .turn(let number): runNext(ofOrderedPool: number)
            case .paused(let turn):
                state.withLock { state in
                    state.isRunningJob = true
                    state.pausedJobs -= 1
                }
                turn.signal()
                return
            }
        }
        if threads != nil { loopEnded.signal() }
    }

    private func next() -> Item? {
        state.withLock { state in
            guard !state.ready.isEmpty, state.steps < state.stepsEnd else { return nil }
            state.steps += 1
            let last = state.ready.count - 1
            state.ready.swapAt(state.random.below(last + 1), last)
            return state.ready.removeLast()
        }
    }

    private func stall(_ reason: SimulationStall.Reason) -> SimulationStall {
        state.withLock { state in
            SimulationStall(
                reason: reason, unfinished: state.unfinished.sorted { $0.key < $1.key }.map(\.value),
                steps: state.steps)
        }
    }
}

/// A simulation that cannot end.
public struct SimulationStall: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Reason: String, Hashable, Sendable {
        /// Tasks wait, and nothing is ready to wake them.
        case deadlock
        /// Items are still ready far beyond any reasonable number of steps.
        case endless
    }

    public let reason: Reason
    /// The names of the unfinished tasks in the order of their start.
    public let unfinished: [String]
    public let steps: Int

    public var description: String {
        switch reason {
        case .deadlock:
            "Deadlock after \(steps) steps: \(unfinished.joined(separator: ", ")) wait for what nobody will do"
        case .endless:
            "No end after \(steps) steps, while \(unfinished.joined(separator: ", ")) run"
        }
    }
}
