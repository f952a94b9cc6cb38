import BlobStorage
import DurableFiles
import Synchronization
import Testing
import UploadCore
import UploadTestKit

/// Syncs of one object that are requested at the same time.
@Suite struct SharedSyncTests {
    /// A pool whose jobs run one at a time when the test says so; jobs that were taken and not run yet stand for
    /// threads that wait for the disk.
    private final class HeldPool: BlockingPool {
        private let jobs = Mutex<[@Sendable () -> Void]>([])

        func submit(_ job: @escaping @Sendable () -> Void) {
            jobs.withLock { $0.append(job) }
        }

        var count: Int { jobs.withLock { $0.count } }

        func take() -> (@Sendable () -> Void)? {
            jobs.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        }

        func runAll() {
            while let job = take() { job() }
        }
    }

    /// Runs an action at the end of the next sync, while it still counts as under way.
    private final class SyncHook: StoreObserver {
        struct State {
            var action: (@Sendable () -> Void)?
        }

        let state = Mutex(State())

        func dataSynced(nanoseconds: UInt64, succeeded: Bool) {
            state.withLock { $0.action.take() }?()
        }

        func catalogueCommitted(nanoseconds: UInt64, changes: Int) {}
    }

    private typealias Store = FileBlobStore<SimulatedFileSystem, HeldPool>

    /// Eight writers of one object, each with a write of its own that is not synced yet, and another object that is
    /// durable.
    private final class Machine: Sendable {
        let files = SimulatedFileSystem(seed: 1)
        let pool = HeldPool()
        let scheduler = SimulatedScheduler(seed: 1)
        let hook = SyncHook()
        let store: Store
        let sinks: [Store.Sink]
        private let log = Mutex<[String]>([])
        var events: [String] { log.withLock { $0 } }

        init() throws {
            let store = Store(files: files, pool: pool, durability: .powerLoss, shards: 2, observer: hook)
            let sinks = (0..<8).map { _ in store.sink(for: upload(), spec(), hasDurableBytes: false) }
            self.store = store
            self.sinks = sinks
            try run {
                try await store.prepare()
                let other = store.sink(for: upload(2), spec(), hasDurableBytes: false)
                try await other.write(content(100), at: 0, nil)
                try await other.sync()
                other.close()
                for index in sinks.indices { try await Self.write(sinks[index], at: index) }
            }
            // The other object's file is closed on the pool, too.
            pool.runAll()
            files.resetCounts()
        }

        static func write(_ sink: Store.Sink, at index: Int) async throws {
            try await sink.write(content(10, from: index * 10), at: UInt64(index * 10), nil)
        }

        /// Runs a task to its end, and the pool's jobs as they come.
        func run(_ body: @escaping @Sendable () async throws -> Void) throws {
            try scheduler.run(whenIdle: { self.runsJobs() }, body)
        }

        func runsJobs() -> Bool {
            let hasJobs = pool.count > 0
            pool.runAll()
            return hasJobs
        }

        /// Starts syncs, which wait for the pool then, after another write of each writer if `writing`.
        func startSyncs(_ indices: Range<Int>, writing: Bool = false) {
            for index in indices {
                scheduler.start("sync \(index)") {
                    do {
                        if writing { try await Self.write(self.sinks[index], at: index) }
                        try await self.sinks[index].sync()
                        self.log.withLock { $0.append("synced \(index)") }
                    } catch {
                        self.log.withLock { $0.append("failed \(index)") }
                    }
                }
            }
            settle()
        }

        func startRead() {
            scheduler.start("read") {
                let bytes = try? await self.store.read(upload(2).key, 0..<100)
                self.log.withLock { $0.append(bytes == content(100) ? "read" : "read failed") }
            }
            settle()
        }

        /// Runs tasks until all of them wait for the pool.
        func settle() {
            _ = try? scheduler.runUntilIdle()
        }

        func finish(closing: Bool = true) throws {
            try scheduler.runUntilIdle { self.runsJobs() }
            guard closing else { return }
            for sink in sinks { sink.close() }
        }
    }

    @Test func `eight syncs of one object occupy one thread, and the read of another object completes meanwhile`()
        throws
    {
        let machine = try Machine()
        machine.startSyncs(0..<8)
        #expect(machine.pool.count == 1)
        let hangingSync = try #require(machine.pool.take())
        machine.startRead()
        machine.pool.runAll()
        machine.settle()
        #expect(machine.events == ["read"])
        hangingSync()
        try machine.finish()
        #expect(Set(machine.events) == Set((0..<8).map { "synced \($0)" } + ["read"]))
        #expect(machine.files.count(of: .syncData) == 1)
    }

    @Test func `writers whose writes a sync covers need none of their own, even if they asked during it`() throws {
        let machine = try Machine()
        machine.hook.state.withLock { $0.action = { machine.startSyncs(1..<8) } }
        machine.startSyncs(0..<1)
        try machine.finish()
        #expect(machine.files.count(of: .syncData) == 1)
        #expect(Set(machine.events) == Set((0..<8).map { "synced \($0)" }))
    }

    @Test func `writers that wrote during a sync share the next one`() throws {
        let machine = try Machine()
        machine.hook.state.withLock { state in
            state.action = {
                machine.startSyncs(1..<8, writing: true)
                machine.pool.runAll()
                machine.settle()
            }
        }
        machine.startSyncs(0..<1)
        try machine.finish()
        #expect(machine.files.count(of: .syncData) == 2)
        #expect(Set(machine.events) == Set((0..<8).map { "synced \($0)" }))
    }

    @Test func `a failed sync fails the writers that share it and those that asked during it`() throws {
        let machine = try Machine()
        machine.files.failNext(.syncData, .io)
        machine.hook.state.withLock { $0.action = { machine.startSyncs(4..<8) } }
        machine.startSyncs(0..<4)
        try machine.finish(closing: false)
        #expect(Set(machine.events) == Set((0..<8).map { "failed \($0)" }))
        machine.startSyncs(0..<8, writing: true)
        try machine.finish()
        #expect(machine.events.suffix(8).allSatisfy { $0.hasPrefix("synced") })
        machine.files.restart()
        #expect(machine.files.files(under: "bytes").contains { $0.size == 80 })
    }

    @Test func `closing the last sink closes the file on the pool`() throws {
        let machine = try Machine()
        do {
            let sink = machine.store.sink(for: upload(3), spec(), hasDurableBytes: false)
            try machine.run { try await sink.write(content(10), at: 0, nil) }
            sink.close()
        }
        let closed = machine.files.count(of: .close)
        #expect(machine.pool.count == 1)
        machine.pool.runAll()
        #expect(machine.files.count(of: .close) == closed + 1)
    }
}
