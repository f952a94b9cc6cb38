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
    }

    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    /// Statistics of a history, so that a test can check that histories cover the intended cases.
    public struct Outcome: Sendable {
        public var answers: [String: Int] = [:]
        public var crashes = 0
        public var steps = 0
    }

    /// Runs the history.
    /// - Throws: `Failure` with the seed, the broken guarantee and the trace that led to it.
    public func run() throws -> Outcome {
        let files = SimulatedFileSystem(seed: seed)
        files.setCapacity(capacity)
        let world = World(
            seed: seed, files: files, hasFaults: faultProbability > 0 || capacity != nil,
            isDiskSmall: capacity != nil)
        var random = SeededRandom(seed: seed ^ 0xC4A5)
        var outcome = Outcome()
        // Whether the store would survive a power loss: since it was opened for that.
        var isDurable = durability == .powerLoss
        do {
            for round in 0...crashes {
                let durability = drawDurability(&random)
                let isLast = round == crashes
                let vfs = SimulatedVFS(over: files, seed: seed)
                let scheduler = SimulatedScheduler(seed: random.next(), stepsMax: 2_000_000)
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
            let scheduler = SimulatedScheduler(seed: random.next(), stepsMax: 2_000_000)
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
            throw Failure(description: report(error, world, files))
        }
        outcome.answers = world.with { $0.answers }
        outcome.steps = files.step
        return outcome
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
            try await prepare(world, store, files)
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
                            world: world, service: store.uploads, name: "c\(number)", hasCrashed: { files.hasCrashed })
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

    private func open(
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

    private func prepare(_ world: World, _ store: SimulatedStore, _ files: SimulatedFileSystem) async throws {
        guard world.with({ $0.capsule }) == nil else { return }
        do {
            let capsule = try await store.uploads.createCapsule(title: "wedding", by: world.owner)
            try await store.uploads.setRole(.writer, of: world.writers[1], in: capsule.id, by: world.owner)
            world.with { $0.capsule = capsule.id }
        } catch {
            if !files.hasCrashed, capacity == nil || error.code != .storeFull { throw error }
        }
    }

    /// Checks the whole store against the expectations while no client uses it.
    private func examine(_ world: World, _ store: SimulatedStore, _ files: SimulatedFileSystem) async throws {
        let expected = world.with { state in state.order.compactMap { state.uploads[$0] } }
        do {
            for upload in expected {
                guard let record = try await find(upload, in: world, store) else { continue }
                if upload.isRemoved { throw Violation("a removed upload is back: \(upload.id.text)") }
                try upload.hold(record, now: upload)
                world.update(upload.id) { $0.settle(record) }
                if record.blob != nil, !upload.isPartial { try await examineBlob(upload, store) }
            }
            try await examineCapsule(world, store)
            try await examineList(world, store)
            try await examineMemories(world, store)
            let report = try await store.check()
            if !report.isClean, !files.hasCrashed {
                let findings = report.issues.map { "\($0.kind.rawValue): \($0.detail)" }
                throw Violation("the check finds \(findings)")
            }
        } catch let error as UploadError {
            if !files.hasCrashed { throw Violation("examination: \(error.debugDescription)") }
        }
    }

    private func examineCapsule(_ world: World, _ store: SimulatedStore) async throws {
        guard let id = world.with({ $0.capsule }) else { return }
        let title = try await store.uploads.capsule(id, by: world.owner).title
        guard world.with({ $0.titles.contains(title) }) else { throw Violation("the capsule has the title \(title)") }
        world.with { $0.titles = [title] }
    }

    /// - Returns: Nil for an upload that was removed after its retention.
    private func find(
        _ upload: Expectation, in world: World, _ store: SimulatedStore
    ) async throws -> UploadRecord? {
        do {
            return try await store.uploads.sessions.get(upload.id)
        } catch {
            guard error.code == .notFound else { throw error }
            guard world.mayBeRemoved(upload) else {
                throw Violation("an upload is gone without a trace: \(upload.id.text)")
            }
            world.update(upload.id) { $0.noteRemoval() }
            world.count("removal", "found")
            return nil
        }
    }

    private func examineBlob(_ upload: Expectation, _ store: SimulatedStore) async throws {
        var reader = try await store.uploads.read(BlobId(upload.id), by: upload.caller)
        guard try await reader.readAll() == upload.bytes else {
            throw Violation("other bytes come out of \(upload.id.text)")
        }
    }

    private func examineList(_ world: World, _ store: SimulatedStore) async throws {
        // Without renditions, which the derivation uploads itself under keys that begin with a zero byte, and without
        // ended uploads, which have no key any more.
        let listed = try await store.uploads.maintenance.uploads().map(\.record)
            .filter { $0.fingerprint != nil && $0.meta.idempotencyKey?.bytes.first != 0 }.map(\.id)
        let (known, unknown) = world.with { (Set($0.order), $0.unknownBegins) }
        let strays = listed.filter { !known.contains($0) }
        guard strays.count <= unknown else { throw Violation("uploads are there that nobody began: \(strays)") }
    }

    /// Acknowledged memories exist with their blobs, deleted ones do not; a derived photo has exactly one memory.
    private func examineMemories(_ world: World, _ store: SimulatedStore) async throws {
        guard let capsule = world.with({ $0.capsule }) else { return }
        var found: [MemoryId: Memory] = [:]
        var last: MemoryId?
        while true {
            let page = try await store.uploads.memories(in: capsule, after: last, limit: 50, by: world.owner)
            for memory in page { found[memory.id] = memory }
            guard let end = page.last else { break }
            last = end.id
        }
        for (id, memory) in world.with({ $0.memories }) {
            if found[id] == nil, !memory.mayBeDeleted { throw Violation("an acknowledged memory is gone") }
            if found[id] != nil, memory.isDeleted { throw Violation("a deleted memory is back") }
        }
        var derived: Set<SessionId> = []
        for memory in found.values {
            for case .blob(let blob) in memory.assets.map(\.content) {
                _ = try await store.uploads.blob(blob, by: world.owner)
            }
            guard memory.details.title != Client.memoryTitle,
                case .blob(let blob)? = memory.assets.first(where: { $0.kind == .original })?.content
            else { continue }
            guard derived.insert(blob.value).inserted else { throw Violation("a photo became two memories") }
        }
        for photo in world.with({ $0.uploads.values.filter { $0.isPhoto && !$0.mayHaveEnded } }) {
            let record = try await store.uploads.sessions.get(photo.id)
            let derivation = try await store.uploads.derivation(of: record)
            if record.blob != nil, derivation == nil { throw Violation("a committed photo has no derivation") }
            guard derivation?.state == .done, !derived.contains(photo.id) else { continue }
            throw Violation("a derivation is done without its memory")
        }
    }

    private func verify(
        _ world: World, _ files: SimulatedFileSystem, _ vfs: SimulatedVFS, _ scheduler: SimulatedScheduler
    ) async throws {
        guard let store = try await open(world, files, vfs, scheduler, durability) else {
            throw Violation("the last opening crashed")
        }
        try await examine(world, store, files)
        guard try await store.uploads.maintenance.recover().isEmpty else {
            throw Violation("recovery finds more to do")
        }
        await store.close()
    }

    /// After a power loss that the durability does not cover, acknowledgements may be lost, but the store opens, and what
    /// it calls durable of a pending upload is what was received: the upload can be finished with its digest. Only
    /// committed blobs may have lost bytes, and the check finds these.
    private func verifyAfterLoss(
        _ world: World, _ files: SimulatedFileSystem, _ vfs: SimulatedVFS, _ scheduler: SimulatedScheduler
    ) async throws {
        guard let store = try await open(world, files, vfs, scheduler, durability) else {
            throw Violation("the last opening crashed")
        }
        let damaged = try await store.check().issues.filter { $0.kind != .orphanObject }
        for issue in damaged where issue.repair != nil || issue.kind == .catalogue {
            throw Violation("after the loss the check finds \(issue.kind.rawValue): \(issue.detail)")
        }
        for upload in world.with({ state in state.order.compactMap { state.uploads[$0] } }) where upload.parts.isEmpty {
            guard let record = try? await store.uploads.sessions.get(upload.id) else { continue }
            switch record.session.meta.status {
            case .pending:
                try await complete(upload, record, store)
                world.count("complete after a loss", "ok")
            case .committed where !upload.isPartial && !damaged.contains { $0.upload == upload.id }:
                try await examineBlob(upload, store)
            case .committed, .aborted, .expired: break
            }
        }
        await store.close()
    }

    /// Sends what is missing of an upload, and finishes it.
    private func complete(_ upload: Expectation, _ record: UploadRecord, _ store: SimulatedStore) async throws {
        if upload.chunkSize == nil {
            let rest = upload.bytes(record.session.offset..<upload.length)
            _ = try await store.uploads.append(upload.id, at: record.session.offset, rest, by: upload.caller)
        } else {
            for index in record.session.pieces.missing(below: upload.chunkCount).joined() {
                try await store.uploads.putChunk(
                    upload.id, index: index, upload.bytes(upload.range(ofChunk: index)), by: upload.caller)
            }
        }
        _ = try await store.uploads.commit(
            upload.id, digest: upload.digest, length: upload.length, by: upload.caller)
    }

    private func report(_ error: any Error, _ world: World, _ files: SimulatedFileSystem) -> String {
        let trace = world.with { $0.trace.suffix(80).joined(separator: "\n  ") }
        return """
            seed \(seed): \(error)
            replay: swift run wharf-simulate --seed \(seed)
            \(self)
            the last operations:
              \(trace)
            the last calls of the file system:
            \(files.history)
            """
    }
}
