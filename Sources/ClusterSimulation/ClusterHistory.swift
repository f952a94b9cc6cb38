import BlobStorageS3
import SessionCore
import UploadCore
import UploadDerivation
public import UploadSimulation
import UploadTestKit

/// A random history of concurrent clients on several nodes over one catalogue and one bucket, determined by its seed alone.
///
/// The engines and the store of segments are the real ones, with their retries, announcements, receipts and removals.
/// Simulated are the catalogue (`ModelCatalogue`, whose laws are those of the contract), the bucket
/// (`SimulatedBucket`), the clocks, and the nodes: each is frozen and wakes at any step to the outside, is killed and
/// started again, and has a clock of its own. Not covered: SQL, network connections, and a database or a bucket that
/// loses what it has acknowledged.
public struct ClusterHistory: Sendable {
    public let seed: UInt64
    let nodes: Int
    let clients: Int
    let operationsPerClient: Int
    /// Whether the nodes are killed at the end, instead of finishing what they do.
    let endsWithKills: Bool
    let conditions: Cluster.Conditions
    let faults: SimulatedBucket.Faults

    /// A short history, drawn from its seed.
    public init(seed: UInt64) {
        self.seed = seed
        var random = SeededRandom(seed: seed ^ 0xC105)
        nodes = random.within(2...3)
        clients = random.within(2...5)
        operationsPerClient = random.within(4...24)
        endsWithKills = random.chance(0.5)
        var conditions = Cluster.Conditions()
        conditions.freeze = [0, 0.005, 0.02][random.below(3)]
        conditions.kill = [0, 0, 0.001, 0.004][random.below(4)]
        conditions.databaseFailure = [0, 0, 0.01][random.below(3)]
        conditions.skew = [0, 60_000, 20 * 60_000][random.below(3)]
        conditions.deletionBatch = [1, 3, 1000][random.below(3)]
        // With none, several nodes often work at one.
        conditions.derivationLifetime = [0, 10 * 60_000][random.below(2)]
        // Small, so that pieces have several segments and writers wait for memory.
        conditions.settings.segmentBytesMax = random.within(300...2_000)
        conditions.settings.memoryBytesMax = random.within(3...8) * (256 << 10)
        conditions.settings.attemptsMax = random.within(2...5)
        self.conditions = conditions
        var faults = SimulatedBucket.Faults()
        if random.chance(0.8) {
            func probability() -> Double { [0, 0.02, 0.1][random.below(3)] }
            faults.refused = probability()
            faults.answerLost = probability()
            faults.late = probability()
            faults.errorDocument = probability()
            faults.damaged = probability()
            faults.badRead = probability()
            faults.oldList = probability()
            faults.undeleted = [0, 0.1, 0.4][random.below(3)]
            faults.slow = [0, 0.05, 0.2][random.below(3)]
        }
        self.faults = faults
    }

    /// Runs the history.
    ///
    /// - Throws: `History.Failure` with the seed, the broken guarantee and the trace that led to it.
    public func run() throws -> History.Outcome {
        let scheduler = SimulatedScheduler(seed: seed, stepsMax: 2_000_000)
        var pace = Pace()
        pace.stepMax = 10 * 60_000
        pace.leapMax = 6 * 60 * 60_000
        pace.setsClock = false
        pace.skew = conditions.skew
        // Keys are used for ten minutes.
        pace.announcementLifetime = Cluster.announcementLifetime - 10 * 60_000
        let world = World(
            seed: seed, limits: Self.limits, hasFaults: true, pace: pace,
            step: { [weak scheduler] in scheduler?.steps ?? 0 })
        do {
            let bucket = SimulatedBucket(world)
            let cluster = try Cluster(world, bucket, scheduler, conditions, count: nodes)
            try scheduler.run("history") { try await play(cluster) }
            if let violation = world.violation { throw violation }
            try scheduler.run("rest") { try await rest(cluster) }
            if let violation = world.violation { throw violation }
        } catch {
            throw History.Failure(seed: seed, options: "--cluster", error, self, world)
        }
        return History.Outcome(answers: world.answers, steps: scheduler.steps)
    }

    private static let limits: Limits = {
        var limits = Limits()
        limits.timeToLiveMilliseconds = 4 * 60 * 60_000
        limits.expiryGraceMilliseconds = 1_000
        limits.endedRetentionMilliseconds = 6 * 60 * 60_000
        limits.linkLifetimeMaxMilliseconds = World.linkLifetimeMilliseconds
        limits.catalogueBytesMax = 200
        limits.activeUploadsMax = 12
        limits.quotaBytes = 200_000
        limits.scanStepBytes = 700
        limits.checkpointIntervalMilliseconds = 10
        return limits
    }()

    private func play(_ cluster: Cluster) async throws {
        let world = cluster.world
        try await world.prepare(try cluster.undisturbed().service)
        cluster.bucket.setFaults(faults)
        try await withThrowingTaskGroup(of: Void.self) { all in
            all.addTask { try await cluster.disturb() }
            await withTaskGroup(of: Void.self) { others in
                // Ends while frozen nodes still wake.
                others.addTask { await cluster.derive() }
                await withTaskGroup(of: Void.self) { group in
                    for number in 0..<clients {
                        let client = Client(
                            world: world, name: "c\(number)", sharesStore: true,
                            nextService: { cluster.next().service })
                        group.addTask { await client.run(operations: operationsPerClient) }
                    }
                    group.addTask { await list(cluster) }
                }
                others.cancelAll()
            }
            all.cancelAll()
            try await all.waitForAll()
        }
    }

    /// Lists the bucket while it is used, as an operator may: old lists are no failure.
    private func list(_ cluster: Cluster) async {
        for _ in 0..<2 {
            for _ in 0..<cluster.world.draw({ $0.below(500) }) { await Task.yield() }
            do throws(UploadError) {
                let blobs = cluster.next().blobs
                var last: String?
                repeat { last = try await blobs.storedSegments(after: last).next } while last != nil
            } catch {
                guard error.code != .unavailable else { continue }
                cluster.world.report(Violation("a list: \(error.debugDescription)"))
            }
        }
    }
}
