import BlobStorage
import DurableFiles
import Synchronization
import Testing
import UploadCore
import UploadTestKit

/// What a store says of its syncs while it works.
@Suite struct ObserverTests {
    private final class Syncs: StoreObserver {
        private let heard = Mutex<[Bool]>([])
        var outcomes: [Bool] { heard.withLock { $0 } }

        func dataSynced(nanoseconds: UInt64, succeeded: Bool) {
            heard.withLock { $0.append(succeeded) }
        }

        func catalogueCommitted(nanoseconds: UInt64, changes: Int) {}
    }

    private let files = SimulatedFileSystem(seed: 1)
    private let syncs = Syncs()

    private func store(_ durability: Durability = .powerLoss) async throws -> Fixture.Store {
        let store = Fixture.Store(
            files: files, pool: InlinePool(), durability: durability, shards: 2, observer: syncs)
        try await store.prepare()
        return store
    }

    @Test func `every sync of data is told, the failed ones as such`() async throws {
        let store = try await store()
        let sink = store.sink(for: upload(), spec(), hasDurableBytes: false)
        try await sink.write(content(600), at: 0, nil)
        try await sink.sync()
        files.failNext(.syncData, .io)
        try await sink.write(content(600), at: 600, nil)
        await expectRefusal(.unavailable) { try await sink.sync() }
        #expect(syncs.outcomes == [true, false])
        sink.close()
    }

    @Test func `the cut of an object to its length is a sync too`() async throws {
        let store = try await store()
        let sink = store.sink(for: upload(), spec(), hasDurableBytes: false)
        try await sink.write(content(600), at: 0, nil)
        try await sink.sync()
        try await sink.seal(length: 100)
        #expect(syncs.outcomes == [true, true])
        sink.close()
    }

    @Test
    func `a sync that another writer's has made needless is not told, nor is one that durability does not ask for`()
        async throws
    {
        let store = try await store()
        let (first, second) = (
            store.sink(for: upload(), spec(), hasDurableBytes: false),
            store.sink(for: upload(), spec(), hasDurableBytes: false)
        )
        try await first.write(content(600), at: 0, nil)
        try await second.write(content(600), at: 600, nil)
        try await first.sync()
        try await second.sync()
        #expect(syncs.outcomes == [true])

        let hasty = try await self.store(.processCrash).sink(for: upload(2), spec(), hasDurableBytes: false)
        try await hasty.write(content(600), at: 0, nil)
        try await hasty.sync()
        #expect(syncs.outcomes == [true])
        for sink in [first, second, hasty] { sink.close() }
    }
}
