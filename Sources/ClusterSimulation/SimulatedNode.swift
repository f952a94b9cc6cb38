import BlobStorageS3
import SessionCore
import Synchronization
import UploadCore
import UploadDerivation
import UploadSimulation
import UploadTestKit

/// One start of a node's process: it runs, is frozen for any time, and is killed once.
final class NodeProcess: Sendable {
    private enum Condition: Sendable {
        case running
        case frozen
        case dead
    }

    private struct State: Sendable {
        var condition = Condition.running
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())
    private let world: World
    /// Ends with the process.
    private let (life, end) = AsyncStream.makeStream(of: Never.self)
    /// The probability that it is frozen, or killed, at any step to the outside.
    private let stops: (freeze: Double, kill: Double)

    init(_ world: World, freeze: Double, kill: Double) {
        self.world = world
        stops = (freeze, kill)
    }

    var isFrozen: Bool { state.withLock { $0.condition == .frozen } }
    var isDead: Bool { state.withLock { $0.condition == .dead } }

    func freeze() { become(.frozen) }
    func wake() { become(.running) }
    func kill() { become(.dead) }

    private func become(_ condition: Condition) {
        let released = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            guard state.condition != .dead else { return [] }
            state.condition = condition
            guard condition != .frozen else { return [] }
            defer { state.waiters = [] }
            return state.waiters
        }
        if condition == .dead { end.finish() }
        for waiter in released { waiter.resume() }
    }

    /// Returns once it is dead, or the task cancelled. For one caller.
    func untilDead() async {
        for await _ in life {}
    }

    /// A step between the node and the outside: takes any time.
    ///
    /// - Throws: If the process was killed. It does nothing more then.
    func step() async throws(ProcessKilled) {
        let (yields, freezes, kills) = world.draw { random in
            (random.below(3), random.chance(stops.freeze), random.chance(stops.kill))
        }
        if freezes { freeze() }
        if kills { kill() }
        for _ in 0..<yields { await Task.yield() }
        while true {
            switch state.withLock({ $0.condition }) {
            case .running: return
            case .dead: throw ProcessKilled()
            case .frozen: await untilReleased()
            }
        }
    }

    private func untilReleased() async {
        await withCheckedContinuation { continuation in
            let waits = state.withLock { state in
                if state.condition == .frozen { state.waiters.append(continuation) }
                return state.condition == .frozen
            }
            if !waits { continuation.resume() }
        }
    }
}

struct ProcessKilled: Error {}

extension Cluster.Node {
    /// Derives until the process is dead, or the task cancelled.
    func derive(_ world: World) async {
        let runner = DerivationRunner(uploads: service, deriver: SimulatedDeriver(), files: nil) { event in
            switch event {
            case .made: world.count("derive", "ok")
            case .postponed: world.count("derive", "postponed")
            case .failed(let error): world.count("derive", error.code.rawValue)
            }
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await runner.run { _ in
                    for _ in 0..<50 { await Task.yield() }
                    try Task.checkCancellation()
                }
            }
            group.addTask { await process.untilDead() }
            await group.next()
            group.cancelAll()
        }
    }
}

/// A clock of one machine: its uptime has a start of its own, and its time of day is wrong.
final class SkewedClock: WallClock {
    private let base: ManualClock
    private let uptimeStart: Int64
    private let skew: Mutex<Int64>

    init(_ base: ManualClock, uptimeStart: Int64, skew: Int64) {
        self.base = base
        self.uptimeStart = uptimeStart
        self.skew = Mutex(skew)
    }

    func now() -> Timestamp { base.now().advanced(byMilliseconds: skew.withLock { $0 }) }
    func uptimeMilliseconds() -> Int64 { base.uptimeMilliseconds() + uptimeStart }

    /// Sets the time of day to be wrong by another time.
    func set(skew: Int64) { self.skew.withLock { $0 = skew } }
}

/// The way from a node to the database and back: calls are refused, and answers are lost, also those of commits.
struct NodeConnection: ModelConnection {
    let process: NodeProcess
    let world: World
    /// The probability of each.
    let failure: Double

    func send() async throws(UploadError) {
        try await step()
        if world.draw({ $0.chance(failure) }) { throw UploadError(.unavailable(detail: "the database is away")) }
    }

    func receive() async throws(UploadError) {
        try await step()
        if world.draw({ $0.chance(failure) }) { throw UploadError(.unavailable(detail: "an answer was lost")) }
    }

    private func step() async throws(UploadError) {
        do throws(ProcessKilled) {
            try await process.step()
        } catch {
            throw UploadError(.unavailable(detail: "the node was killed"))
        }
    }
}
