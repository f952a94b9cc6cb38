import DurableFiles
import SessionCore
import Synchronization
import Testing
import UploadCore
import UploadMemories
import UploadTestKit

@testable import CatalogueSQLite

@Suite struct BatchingTests {
    @Test func `64 concurrent callers share a few commits, and each finds its upload afterwards`() throws {
        try SimulatedStore(seed: 1).run { catalogue async throws in
            let before = catalogue.statistics
            let outcome = await together(1...64) { number throws(UploadError) in
                try await catalogue.begin(.of(number, content: [UInt8](repeating: 1, count: 100)))
                guard try await catalogue.upload(id(number)) != nil else { throw UploadError(.notFound(.upload)) }
            }
            #expect(outcome.failed == [:])
            #expect(catalogue.statistics.operations - before.operations == 128)
            #expect(catalogue.statistics.commits - before.commits <= 16)
            #expect(try await catalogue.countBlobs() == 64)
        }
    }

    @Test func `64 concurrent callers share a few syncs`() throws {
        let store = SimulatedStore(seed: 2)
        try store.run { catalogue async throws in
            let before = store.files.count(of: .syncData)
            let outcome = await together(1...64) { number throws(UploadError) in try await catalogue.begin(.of(number))
            }
            #expect(outcome.succeeded.count == 64)
            #expect(store.files.count(of: .syncData) - before <= 32)
        }
    }

    @Test func `a failing statement fails its own call, not the others of the transaction`() throws {
        for seed in 1...20 as ClosedRange<UInt64> {
            try SimulatedStore(seed: seed).run { catalogue async throws in
                let outcome = await together(1...32) { number throws(UploadError) in
                    try await catalogue.begin(.of(number))
                    guard number % 8 == 0 else { return }
                    try await catalogue.write { queries throws(UploadError) in
                        try queries.connection.run("UPDATE uploads SET name = 'changed' WHERE id = ?1", id(number))
                        try queries.connection.run("INSERT INTO upload_counts VALUES (0, 0, 0)")
                    }
                }
                #expect(outcome.failed == [8: .storeCorrupt, 16: .storeCorrupt, 24: .storeCorrupt, 32: .storeCorrupt])
                #expect(try await catalogue.countByStatus().pending == 32)
                let names = try await catalogue.uploads(UploadFilter(), after: nil, limit: 100).map(
                    \.record.meta.asset.name)
                #expect(Set(names) == ["letter.txt"])
            }
        }
    }

    @Test func `damage found after a change rolls the change back, and no other call's`() throws {
        try SimulatedStore(seed: 3).run { catalogue async throws in
            let outcome = await together(1...8) { number throws(UploadError) in
                try await catalogue.write { queries throws(UploadError) in
                    _ = try queries.begin(.of(number), checkAccess: admitAll)
                    if number == 5 { throw UploadError(.storeCorrupt(detail: "found late")) }
                }
            }
            #expect(outcome.failed == [5: .storeCorrupt])
            #expect(try await catalogue.upload(id(5)) == nil)
            #expect(try await catalogue.countActive(capsule: letters.id, caller: ada) == 7)
        }
    }

    @Test func `refusals write nothing and commit nothing`() throws {
        try SimulatedStore(seed: 4).run { catalogue async throws in
            try await catalogue.begin(.of(1, key: "key"))
            try await catalogue.begin(.of(2, content: [1]))
            try await catalogue.abort(1)
            let commits = catalogue.statistics.commits
            let refused: [UploadError.Code?] = [
                await refusal { () throws(UploadError) in try await catalogue.begin(.of(1)) },
                await refusal { () throws(UploadError) in try await catalogue.begin(.of(3, activeMax: 0)) },
                await refusal { () throws(UploadError) in try await catalogue.begin(.of(4, parts: [id(2)])) },
                await refusal { () throws(UploadError) in try await catalogue.begin(.of(5, parts: [id(9)])) },
                await refusal { () throws(UploadError) in try await catalogue.commit(1) },
                await refusal { () throws(UploadError) in try await catalogue.commit(9) },
                await refusal { () throws(UploadError) in try await catalogue.abort(2) },
                await refusal { () throws(UploadError) in try await catalogue.createCapsule(letters) },
            ]
            #expect(
                refused == [
                    .alreadyExists, .tooMany, .invalidArgument, .notFound, .gone, .notFound, .committed, .alreadyExists,
                ])
            #expect(catalogue.statistics.commits == commits)
        }
    }

    @Test func `cached roles of a capsule are dropped with the transaction that changed them`() throws {
        try SimulatedStore(seed: 5).run { catalogue async throws in
            let ben = Principal("ben")
            let code = await refusal { () throws(UploadError) in
                try await catalogue.write { queries throws(UploadError) in
                    try queries.setRole(.writer, of: ben, in: letters.id, membersMax: .max, checkAccess: admitAll)
                    _ = try queries.requireCapsule(letters.id)
                    try queries.connection.run("INSERT INTO upload_counts VALUES (0, 0, 0)")
                }
            }
            #expect(code == .storeCorrupt)
            #expect(try await catalogue.capsule(letters.id)?.writers == [])
            try await catalogue.setRole(.writer, of: ben, in: letters.id, checkAccess: admitAll)
            #expect(try await catalogue.capsule(letters.id)?.writers == [ben])
        }
    }

    @Test func `a transaction is limited in calls and in bytes`() {
        let queue = BatchQueue(countMax: 10_000, bytesMax: 1 << 30)
        func sizes() -> [Int] {
            var sizes: [Int] = []
            while case .transaction(let operations) = queue.next() { sizes.append(operations.count) }
            return sizes
        }
        #expect(queue.append(operation(byteCost: 0)) == .startDraining)
        for _ in 0..<1200 { #expect(queue.append(operation(byteCost: 0)) == .queued) }
        #expect(sizes() == [512, 512, 177])
        #expect(queue.append(operation(byteCost: BatchQueue.batchBytesMax)) == .startDraining)
        for _ in 0..<4 { _ = queue.append(operation(byteCost: BatchQueue.batchBytesMax / 2)) }
        #expect(sizes() == [1, 2, 2])
    }

    @Test func `a full queue refuses calls until a waiting one is taken`() {
        let queue = BatchQueue(countMax: 3, bytesMax: 100)
        #expect(
            (0..<4).map { _ in queue.append(operation(byteCost: 0)) } == [.startDraining, .queued, .queued, .refused])
        _ = queue.next()
        #expect(queue.append(operation(byteCost: 60)) == .queued)
        #expect(queue.append(operation(byteCost: 41)) == .refused)
        #expect(queue.append(operation(byteCost: 40)) == .queued)
        #expect(queue.append(operation(byteCost: 1)) == .refused)
        #expect(queue.append(operation(byteCost: 0)) == .queued)
        #expect(queue.close {} == .queued, "closing is never refused")
        _ = queue.next()
        #expect(queue.append(operation(byteCost: 101)) == .queued, "an empty queue accepts any call")
    }

    @Test func `calls beyond the limit are refused at once, and those before it are answered`() async throws {
        let store = try TemporaryStore()
        let pool = HeldPool()
        var limits = Limits()
        limits.catalogueCallsMax = 4
        let catalogue = try await CatalogueSQLite(
            StoreFile(path: store.path, vfs: nil, durability: .processCrash), pool: pool, limits: limits)
        pool.isHeld.withLock { $0 = true }
        var refused = 0
        let answered = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<10 { group.addTask { (try? await catalogue.countBlobs()) != nil } }
            // Six of the ten return although the pool runs nothing.
            for _ in 0..<6 where await group.next() == false { refused += 1 }
            pool.release()
            var answered = 0
            for await isAnswered in group where isAnswered { answered += 1 }
            return answered
        }
        #expect(refused == 6 && answered == 4)
        #expect(await refusal { () throws(UploadError) in try await catalogue.countBlobs() } == nil)
        await catalogue.close()
    }

    @Test func `inline assets of waiting calls count against the limit of bytes`() async throws {
        let store = try TemporaryStore()
        let pool = HeldPool()
        var limits = Limits()
        limits.catalogueCallBytesMax = 100
        let catalogue = try await CatalogueSQLite(
            StoreFile(path: store.path, vfs: nil, durability: .processCrash), pool: pool, limits: limits)
        pool.isHeld.withLock { $0 = true }
        let content = AssetDraft.Content.inline([UInt8](repeating: 7, count: 60), contentType: "a/b")
        let asset = NewAsset(id: AssetId(id(1)), draft: AssetDraft(kind: .thumb, content: content), digest: nil)
        let memoryLimits = MemoryLimits(inlineBudgetBytes: 1000, assetsMax: 10)
        let codes = await withTaskGroup(of: UploadError.Code?.self) { group in
            for _ in 0..<5 {
                group.addTask {
                    await refusal { () throws(UploadError) in
                        try await catalogue.addAsset(
                            asset, to: MemoryId(id(2)), limits: memoryLimits, checkAccess: admitAll)
                    }
                }
            }
            var codes: [UploadError.Code?] = []
            // Four of the five return although the pool runs nothing.
            for _ in 0..<4 { codes.append(await group.next() ?? nil) }
            pool.release()
            for await code in group { codes.append(code) }
            return codes
        }
        let texts = codes.compactMap { $0?.rawValue }
        #expect(texts == ["unavailable", "unavailable", "unavailable", "unavailable", "not_found"])
        await catalogue.close()
    }

    private func operation(byteCost: Int) -> Operation {
        Operation(writes: true, byteCost: byteCost) { _ throws(UploadError) in
        } answer: { _ in
        }
    }

    /// A pool of one thread that can be held.
    private final class HeldPool: BlockingPool {
        let isHeld = Mutex(false)
        private let held = Mutex<[@Sendable () -> Void]>([])
        private let threads = ThreadPool(name: "test", threads: 1)

        func submit(_ job: @escaping @Sendable () -> Void) {
            if isHeld.withLock({ $0 }) { held.withLock { $0.append(job) } } else { threads.submit(job) }
        }

        func release() {
            isHeld.withLock { $0 = false }
            for job in held.withLock({ $0 }) { threads.submit(job) }
        }
    }
}
