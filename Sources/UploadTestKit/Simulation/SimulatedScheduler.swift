public import DurableFiles
import Synchronization

/// Runs tasks and pool jobs on one thread in an order determined by its seed: the same seed gives exactly the same
/// interleaving.
///
/// A task started by `start` or `run` runs here as a whole: its nonisolated functions, its child tasks, actors without
/// a custom executor, and its continuations that are resumed while the scheduler runs. An unstructured `Task {}` does
/// not inherit the executor preference and runs elsewhere, as do timers; neither belongs in a simulation.
///
/// As a `BlockingPool` it runs jobs in any order; `orderedPool()` returns pools that keep the order of submission.
public final class SimulatedScheduler: TaskExecutor, BlockingPool {
    private enum Item: Sendable {
        case job(UnownedJob)
        case closure(JobQueue.Job)
        /// The right to run the first job of the ordered pool with this number.
        case turn(Int)
    }

    private struct State: Sendable {
        var random: SeededRandom
        var ready: [Item] = []
        var orderedQueues: [JobQueue] = []
        var unfinished: [Int: String] = [:]
        var lastTask = 0
        var steps = 0
    }

    private let state: Mutex<State>
    private let stepsMax: Int

    /// - Parameter stepsMax: The number of items after which one `runUntilIdle` reports the simulation as endless.
    public init(seed: UInt64, stepsMax: Int = 10_000_000) {
        state = Mutex(State(random: SeededRandom(seed: seed)))
        self.stepsMax = stepsMax
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
        let stepsEnd = steps + stepsMax
        while true {
            while let item = next() {
                execute(item)
                if steps >= stepsEnd { throw stall(.endless) }
            }
            if state.withLock({ $0.unfinished.isEmpty }) { return }
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
        state.withLock { $0.ready.append(.closure(job)) }
    }

    /// A pool whose jobs run in any order.
    public func pool() -> some BlockingPool {
        self
    }

    /// A pool whose jobs run in the order of submission, as in a pool of one thread.
    public func orderedPool() -> some BlockingPool {
        let number = state.withLock { state in
            state.orderedQueues.append(JobQueue())
            return state.orderedQueues.count - 1
        }
        return OrderedPool(scheduler: self, number: number)
    }

    private struct OrderedPool: BlockingPool {
        let scheduler: SimulatedScheduler
        let number: Int

        func submit(_ job: @escaping @Sendable () -> Void) {
            scheduler.state.withLock { state in
                state.orderedQueues[number].append(job)
                state.ready.append(.turn(number))
            }
        }
    }

    // MARK: TaskExecutor

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.withLock { $0.ready.append(.job(job)) }
    }

    // MARK: The loop

    private func next() -> Item? {
        state.withLock { state in
            guard !state.ready.isEmpty else { return nil }
            state.steps += 1
            let last = state.ready.count - 1
            state.ready.swapAt(state.random.below(last + 1), last)
            return state.ready.removeLast()
        }
    }

    /// Called without the lock, because the item may make other items ready.
    private func execute(_ item: Item) {
        switch item {
        case .job(let job): job.runSynchronously(on: asUnownedTaskExecutor())
        case .closure(let body): body()
        case .turn(let number): state.withLock { $0.orderedQueues[number].popFirst() }?()
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
