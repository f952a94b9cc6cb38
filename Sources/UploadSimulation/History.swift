import DurableFiles
import SessionCore
public import UploadCore
import UploadDerivation
import UploadMemories
import UploadTestKit
import Wharf

/// A random history of concurrent clients on one store with crashes in between, determined by its seed alone.
///
/// Covered: everything that the guarantees table promises for a process crash and for a power loss, under the fault
/// model of `SimulatedFileSystem` (torn, reordered and dropped writes and names since the last sync, failing calls,
/// failed syncs whose losses later syncs do not repair), for objects and for SQLite's files. Not covered: bit rot after
/// a sync (the store check finds it), a disk that lies about syncs, and bugs of the kernel or of real threads (the
/// subject of the thread sanitizer and the tests on real files).
public struct History: Sendable {
    public let seed: UInt64
    /// The number of planned crashes.
    public var crashes: Int
    public var clients: Int
    public var operationsPerClient: Int
    /// The probability that a file system call fails.
    public var faultProbability: Double
    public var durability: Durability
    /// Whether each opening draws its durability, instead of the one above.
    public var changesDurability: Bool
    /// Whether calls fail while the store is opened and closed, too. An opening that fails is repeated without faults.
    public var hasFaultsAtOpening: Bool
    /// The size of the disk in bytes; nil for no limit.
    public var capacity: UInt64?
    /// Whether the machine loses power after the last round although the store was written at `processCrash`.
    public var losesUnsynced: Bool
    /// The probability that a job of a pool is interrupted before or after a call of the file system.
    public var pauseProbability: Double

    /// A short history, drawn from its seed.
    public init(seed: UInt64) {
        self.seed = seed
        var random = SeededRandom(seed: seed ^ 0x5EED)
        crashes = random.below(4)
        clients = random.within(1...5)
        operationsPerClient = random.within(4...30)
        faultProbability = random.below(3) == 0 ? 0.004 : 0
        durability = random.below(4) == 0 ? .processCrash : .powerLoss
        changesDurability = random.below(4) == 0
        hasFaultsAtOpening = random.below(2) == 0
        capacity = random.below(6) == 0 ? UInt64(random.within(900...1500)) << 10 : nil
        losesUnsynced = durability == .processCrash && !changesDurability && random.below(2) == 0
        pauseProbability = [0, 0.02, 0.1][random.below(3)]
    }

    public struct Failure: Error, CustomStringConvertible {
        public let description: String

        /// - Parameters:
        ///   - options: Of the command that replays it.
        ///   - calls: The last calls of the file system.
        package init(
            seed: UInt64, options: String = "", _ error: any Error, _ history: some Sendable, _ world: World,
            calls: String = ""
        ) {
            let trace = world.with { $0.trace.suffix(80).joined(separator: "\n  ") }
            description = """
                seed \(seed): \(error)
                replay: swift run wharf-simulate \(options.isEmpty ? "" : options + " ")--seed \(seed)
                \(history)
                the last operations:
                  \(trace)
                \(calls.isEmpty ? "" : "the last calls of the file system:\n" + calls)
                """
        }
    }

    /// Statistics of a history, so that a test can check that histories cover the intended cases.
    public struct Outcome: Sendable {
        public var answers: [String: Int] = [:]
        public var crashes = 0
        public var steps = 0

        package init(answers: [String: Int] = [:], steps: Int = 0) {
            self.answers = answers
            self.steps = steps
        }
    }

    /// Runs the history.
    /// - Throws: `Failure` with the seed, the broken guarantee and the trace that led to it.
    public func run() throws -> Outcome {
        let files = SimulatedFileSystem(seed: seed)
        files.setCapacity(capacity)
        let world = World(
            seed: seed, limits: World.limits(isDiskSmall: capacity != nil),
            hasFaults: faultProbability > 0 || capacity != nil, step: { files.step })
        var random = SeededRandom(seed: seed ^ 0xC4A5)
        var outcome = Outcome()
        // Whether the store would survive a power loss: since it was opened for that.
        var isDurable = durability == .powerLoss
        do {
            for round in 0...crashes {
                let durability = drawDurability(&random)
                let isLast = round == crashes
                let vfs = SimulatedVFS(over: files, seed: seed)
                let scheduler = scheduler(on: files, &random)
                if !isLast { files.crash(atStep: files.step + random.within(1...(round == 0 ? 600 : 300))) }
                if try play(world, files, vfs, scheduler, durability) { isDurable = durability == .powerLoss }
                outcome.crashes += files.hasCrashed ? 1 : 0
                vfs.unregister()
                files.setFaults(.none)
                files.restart(losingUnsynced: isDurable)
                if let violation = world.with({ $0.violation }) { throw violation }
            }
            // A final check after the last round, which may end like a crash too.
            if losesUnsynced { files.restart(losingUnsynced: true) }
            files.setCapacity(nil)
            let vfs = SimulatedVFS(over: files, seed: seed)
            let scheduler = scheduler(on: files, &random)
            try scheduler.run("verification") {
                if losesUnsynced {
                    try await verifyAfterLoss(world, files, vfs, scheduler)
                } else {
                    try await verify(world, files, vfs, scheduler)
                }
            }
            vfs.unregister()
            if let violation = world.with({ $0.violation }) { throw violation }
        } catch {
            throw Failure(seed: seed, error, self, world, calls: files.history)
        }
        outcome.answers = world.with { $0.answers }
        outcome.steps = files.step
        return outcome
    }

    private func scheduler(on files: SimulatedFileSystem, _ random: inout SeededRandom) -> SimulatedScheduler {
        let scheduler = SimulatedScheduler(
            seed: random.next(), stepsMax: 2_000_000, pauseProbability: pauseProbability)
        files.setPausePoint { [weak scheduler] in scheduler?.pausePoint() }
        return scheduler
    }

    private func drawDurability(_ random: inout SeededRandom) -> Durability {
        guard changesDurability else { return durability }
        return random.chance(0.5) ? .processCrash : .powerLoss
    }

    /// - Returns: Whether the store opened before the machine crashed.
    private func play(
        _ world: World, _ files: SimulatedFileSystem, _ vfs: SimulatedVFS, _ scheduler: SimulatedScheduler,
        _ durability: Durability
    ) throws -> Bool {
        let faults = SimulatedFaults.everywhere(faultProbability)
        return try scheduler.run("history") {
            guard let store = try await open(world, files, vfs, scheduler, durability) else { return false }
            try await examine(world, store, files)
            do throws(UploadError) {
                try await world.prepare(store.uploads)
            } catch {
                if !files.hasCrashed, capacity == nil || error.code != .storeFull { throw error }
            }
            files.setFaults(faults)
            let runner = DerivationRunner(uploads: store.uploads, deriver: SimulatedDeriver(), files: nil)
            await withTaskGroup(of: Void.self) { all in
                all.addTask {
                    await runner.run { _ in
                        for _ in 0..<50 { await Task.yield() }
                        try Task.checkCancellation()
                    }
                }
                await withTaskGroup(of: Void.self) { group in
                    for number in 0..<clients {
                        let client = Client(
                            world: world, name: "c\(number)", hasCrashed: { files.hasCrashed },
                            nextService: { store.uploads })
                        group.addTask { await client.run(operations: operationsPerClient) }
                    }
                }
                all.cancelAll()
            }
            if !hasFaultsAtOpening { files.setFaults(.none) }
            // Half of the rounds close the store, the others leave it open as a crash does.
            if world.draw({ $0.chance(0.5) }) { await store.close() }
            return true
        }
    }

    func open(
        _ world: World, _ files: SimulatedFileSystem, _ vfs: SimulatedVFS, _ scheduler: SimulatedScheduler,
        _ durability: Durability
    ) async throws -> SimulatedStore? {
        let ids = IdSource(world.draw { $0.fork() })
        world.noteOpening()
        var mayFail = hasFaultsAtOpening && faultProbability > 0
        if mayFail { files.setFaults(.everywhere(faultProbability)) }
        defer { files.setFaults(.none) }
        while true {
            do {
                return try await SimulatedStore(
                    StoreLocation(files, vfs, scheduler), clock: world.clock, durability: durability,
                    limits: world.limits, ids: ids)
            } catch {
                if files.hasCrashed { return nil }
                guard mayFail, error.code == .unavailable || error.code == .storeFull else {
                    throw Violation("the store does not open: \(error.debugDescription)")
                }
                world.count("open", error.code.rawValue)
                files.setFaults(.none)
                mayFail = false
            }
        }
    }
}
