import BlobStorageS3
import SessionCore
import Synchronization
import UploadCore
import UploadDerivation
import UploadMemories
import UploadSimulation
import UploadTestKit

/// Nodes over one catalogue and one bucket.
final class Cluster: Sendable {
    typealias Service = UploadService<ModelCatalogue, S3BlobStore, SkewedClock>

    /// How the nodes of a cluster fail. Probabilities, and limits of what is drawn.
    struct Conditions: Sendable {
        var freeze = 0.0
        var kill = 0.0
        var databaseFailure = 0.0
        /// The most that a clock is wrong by, in milliseconds.
        var skew: Int64 = 0
        var settings = S3Settings()
        var deletionBatch = 1000
        /// How long a started derivation is left to its node, in milliseconds.
        var derivationLifetime: Int64 = 10 * 60_000

        /// The same, but nothing happens to the nodes.
        var calm: Conditions {
            var calm = self
            (calm.freeze, calm.kill, calm.databaseFailure) = (0, 0, 0)
            return calm
        }
    }

    struct Node: Sendable {
        let process: NodeProcess
        let service: Service
        let blobs: S3BlobStore
        let clock: SkewedClock
    }

    let world: World
    let bucket: SimulatedBucket
    let catalogue: ModelCatalogue
    private let conditions: Conditions
    private let scheduler: SimulatedScheduler
    private let nodes: Mutex<[Node]>
    /// The keys of segments.
    private let keys: KeySource

    static let announcementLifetime: Int64 = 60 * 60_000
    static let removalDelays: [Int64] = [30 * 60_000, 4 * 60 * 60_000]

    init(
        _ world: World, _ bucket: SimulatedBucket, _ scheduler: SimulatedScheduler, _ conditions: Conditions, count: Int
    ) throws {
        self.world = world
        self.bucket = bucket
        self.scheduler = scheduler
        self.conditions = conditions
        catalogue = ModelCatalogue(
            isShared: true,
            aging: CatalogueAging(
                clock: world.clock, announcementLifetime: Self.announcementLifetime,
                removalDelays: Self.removalDelays, derivationLifetime: conditions.derivationLifetime))
        keys = KeySource(world.draw { $0.fork() })
        nodes = Mutex([])
        for _ in 0..<count { try add() }
    }

    // MARK: - Nodes

    var all: [Node] { nodes.withLock { $0 } }

    /// A node for the next request: mostly one that is not frozen.
    func next() -> Node {
        let all = all
        let awake = all.filter { !$0.process.isFrozen }
        return world.draw { random in
            let chosen = random.chance(0.9) && !awake.isEmpty ? awake : all
            return chosen[random.below(chosen.count)]
        }
    }

    /// A node that nothing happens to, beside the others.
    func undisturbed() throws -> Node {
        try start(conditions.calm)
    }

    private func add() throws {
        let node = try start(conditions)
        nodes.withLock { $0.append(node) }
    }

    private func start(_ conditions: Conditions) throws -> Node {
        let process = NodeProcess(world, freeze: conditions.freeze, kill: conditions.kill)
        let (uptime, ids) = world.draw { (Int64($0.below(1_000_000)), $0.fork()) }
        let clock = SkewedClock(world.clock, uptimeStart: uptime, skew: drawSkew())
        let connection = NodeConnection(process: process, world: world, failure: conditions.databaseFailure)
        let catalogue = catalogue.reached(through: connection)
        let blobs = S3BlobStore(
            try S3Location(simulatedDeletionBatch: conditions.deletionBatch),
            S3Credentials(accessKey: "key", secretKey: "secret"),
            catalogue: catalogue, clock: clock, settings: conditions.settings,
            timer: RetryTimer(
                wait: { [world] _ in
                    try Task.checkCancellation()
                    for _ in 0..<world.draw({ $0.below(6) }) { await Task.yield() }
                }, fraction: { [world] in world.draw { Double($0.below(1_000)) / 1_000 } }),
            transport: BucketConnection(process: process, bucket: bucket), executor: scheduler,
            makeKey: { [keys] in keys.next() })
        let service = try Service(
            catalogue: catalogue, blobs: blobs, clock: clock, limits: world.limits, ids: IdSource(ids))
        return Node(process: process, service: service, blobs: blobs, clock: clock)
    }

    private func drawSkew() -> Int64 {
        Int64(world.draw { $0.within(-Int(conditions.skew)...Int(conditions.skew)) })
    }

    /// Starts all nodes again, and nothing happens to the new ones. Those that ran are killed, or finish what they do.
    func restart(kills: Bool) throws {
        for node in all { kills ? node.process.kill() : node.process.wake() }
        let new = try all.map { _ in try start(conditions.calm) }
        nodes.withLock { $0 = new }
    }

    /// Derives on all nodes, also on those that start in place of others, until it is cancelled.
    func derive() async {
        await withTaskGroup(of: Void.self) { group in
            for index in all.indices {
                group.addTask {
                    while !Task.isCancelled {
                        await self.all[index].derive(self.world)
                        await Task.yield()
                    }
                }
            }
        }
    }

    // MARK: - Misfortune

    /// Freezes, wakes and kills nodes, sets their clocks, and lets late PUTs arrive, until it is cancelled.
    func disturb() async throws {
        while !Task.isCancelled {
            for _ in 0..<world.draw({ $0.within(2...40) }) { await Task.yield() }
            let (event, index) = world.draw { ($0.below(20), $0.below(all.count)) }
            let node = all[index]
            switch event {
            case 0 where conditions.freeze > 0: node.process.freeze()
            case 1 where conditions.kill > 0: node.process.kill()
            case 2: node.clock.set(skew: drawSkew())
            case 3..<6: bucket.arrive()
            case 6: bucket.settle()
            case 7..<12: node.process.wake()
            default: break
            }
            if node.process.isDead { try replace(index) }
        }
        for node in all { node.process.wake() }
    }

    private func replace(_ index: Int) throws {
        let node = try start(conditions)
        nodes.withLock { $0[index] = node }
        world.count("node", "started again")
        world.note("node \(index) starts again")
    }
}

/// Keys that are never the same.
private final class KeySource: Sendable {
    private let random: Mutex<SeededRandom>

    init(_ random: SeededRandom) { self.random = Mutex(random) }

    func next() -> ObjectKey { random.withLock { ObjectKey(Digest(of: $0.bytes(32))) } }
}

extension S3Location {
    fileprivate init(simulatedDeletionBatch deletionBatch: Int) throws(S3Error) {
        try self.init(
            parsing: "s3://\(SimulatedBucket.name)/wharf?endpoint=http://bucket&preset=seaweedfs"
                + "&deletion-batch=\(deletionBatch)")
    }
}
