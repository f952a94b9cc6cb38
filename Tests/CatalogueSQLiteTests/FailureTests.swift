import DurableFiles
import SessionCore
import Testing
import UploadCore
import UploadTestKit

@testable import CatalogueSQLite

@Suite struct FailureTests {
    @Test func `a commit whose sync fails fails all its calls, and the catalogue goes on`() throws {
        let store = SimulatedStore(seed: 1)
        try store.run { catalogue async throws in
            try await catalogue.begin(.of(1))
            store.files.failNext(.syncData, .io, pathSuffix: "-wal")
            let failed = await together(2...5) { number throws(UploadError) in try await catalogue.begin(.of(number)) }
            #expect(failed.failed.values.contains(.unavailable))
            #expect(failed.failed.values.allSatisfy { $0 == .unavailable })
            for number in failed.failed.keys { #expect(try await catalogue.upload(id(number)) == nil) }
            for number in failed.failed.keys { try await catalogue.begin(.of(number)) }
            #expect(try await catalogue.countByStatus().pending == 5)
            #expect(try await catalogue.problems() == [])
        }
    }

    @Test func `a call that failed and was seen to have failed does not come back after a power failure`() throws {
        for seed in 1...60 as ClosedRange<UInt64> {
            let store = SimulatedStore(seed: seed)
            let vanished = try store.scheduler.run {
                let catalogue = try await store.open().withCapsule()
                try await catalogue.begin(.of(1))
                store.files.failNext(.syncData, .io, pathSuffix: "-wal")
                let code = await refusal { () throws(UploadError) in try await catalogue.begin(.of(2)) }
                #expect(code == .unavailable)
                let vanished = try await catalogue.upload(id(2)) == nil
                store.files.crashNow()
                await catalogue.close()
                return vanished
            }
            store.files.restart()
            try store.scheduler.run {
                let catalogue = try await store.open()
                #expect(try await catalogue.upload(id(1)) != nil, "seed \(seed)")
                if vanished {
                    #expect(try await catalogue.upload(id(2)) == nil, "seed \(seed)\n\(store.files.history)")
                }
                await catalogue.close()
            }
        }
    }

    @Test func `a journal of a new database that cannot be read is no damage`() throws {
        var failures = 0
        for step in 1...60 {
            let store = SimulatedStore(seed: UInt64(step))
            store.files.crash(atStep: step)
            try store.scheduler.run {
                if let catalogue = try? await store.open() { await catalogue.close() }
            }
            store.files.restart(losingUnsynced: false)
            failures += try store.scheduler.run {
                store.files.failNext(.read, .io, pathSuffix: "-journal")
                let code = await refusal { () throws(UploadError) in await (try await store.open()).close() }
                #expect(code == nil || code == .unavailable, "step \(step)\n\(store.files.history)")
                store.files.cancelInjectedFailures()
                await (try await store.open()).close()
                return code == nil ? 0 : 1
            }
        }
        #expect(failures > 0)
    }

    @Test func `as long as the disk fails changes are unavailable, reads go on, and nothing is lost`() throws {
        let store = SimulatedStore(seed: 2)
        try store.run { catalogue async throws in
            try await catalogue.begin(.of(1))
            store.files.setFaults(SimulatedFaults([.syncData: 1, .write: 1, .truncate: 1], codes: [.io]))
            for number in 2...5 {
                let code = await refusal { () throws(UploadError) in try await catalogue.begin(.of(number)) }
                #expect(code == .unavailable)
            }
            #expect(try await catalogue.upload(id(1)) != nil)
            #expect(try await catalogue.upload(id(2)) == nil)
            let together = await together(2...9) { number throws(UploadError) in
                if number.isMultiple(of: 2) {
                    try await catalogue.begin(.of(number))
                } else if try await catalogue.countByStatus().pending != 1 {
                    throw UploadError(.storeCorrupt(detail: "a read sees another state"))
                }
            }
            #expect(together.failed.keys.sorted() == [2, 4, 6, 8])
            #expect(together.failed.values.allSatisfy { $0 == .unavailable })
            store.files.setFaults(.none)
            #expect(try await catalogue.upload(id(1)) != nil)
            try await catalogue.begin(.of(2))
        }
    }

    @Test func `a full disk refuses what needs room, still answers, and goes on when there is room`() throws {
        let store = SimulatedStore(seed: 3)
        try store.run { catalogue async throws in
            try await catalogue.begin(.of(1))
            store.files.setFull(true)
            let content = [UInt8](repeating: 7, count: 100_000)
            let outcome = await together(2...9) { number throws(UploadError) in
                try await catalogue.begin(.of(number, content: content))
            }
            #expect(outcome.failed.count == 8)
            #expect(outcome.failed.values.allSatisfy { $0 == .storeFull })
            #expect(try await catalogue.upload(id(1)) != nil)
            store.files.setFull(false)
            try await catalogue.begin(.of(2, content: content))
            #expect(try await catalogue.catalogueBytes(id(2), 0..<200_000) == content)
            #expect(try await catalogue.problems() == [])
        }
    }

    @Test func `a disk that is full in the middle of a transaction refuses the calls that need room, and no others`()
        throws
    {
        for seed in 1...20 as ClosedRange<UInt64> {
            try SimulatedStore(seed: seed).run { catalogue async throws in
                try await catalogue.begin(.of(1))
                try await catalogue.limitPages(toMore: 60)
                let large = [UInt8](repeating: 7, count: 500_000)
                let outcome = await together(2...17) { number throws(UploadError) in
                    try await catalogue.begin(.of(number, content: number % 5 == 0 ? large : [1, 2, 3]))
                }
                #expect(outcome.failed == [5: .storeFull, 10: .storeFull, 15: .storeFull], "seed \(seed)")
                for number in 1...17 {
                    let isThere = try await catalogue.upload(id(number)) != nil
                    #expect(isThere == (outcome.failed[number] == nil), "upload \(number), seed \(seed)")
                }
                #expect(try await catalogue.problems() == [])
            }
        }
    }

    @Test func `a checkpoint that fails fails no call`() throws {
        let store = SimulatedStore(seed: 4)
        try store.run { catalogue async throws in
            let content = [UInt8](repeating: 7, count: 1 << 20)
            store.files.failNext(.syncData, .io, pathSuffix: "catalogue")
            for number in 1...12 { try await catalogue.begin(.of(number, content: content)) }
            #expect(try await catalogue.countBlobs() == 12)
            #expect(store.files.contents(of: "catalogue-wal").map { $0.count < 12 << 20 } == true)
            #expect(try await catalogue.problems() == [])
        }
    }

    @Test func `a disk that cannot be read is no damage, and is read again once it can`() throws {
        let store = SimulatedStore(seed: 6)
        try store.run { catalogue async throws in
            for number in 1...200 { try await catalogue.begin(.of(number)) }
        }
        try store.scheduler.run {
            let catalogue = try await store.open()
            store.files.setFaults(SimulatedFaults([.read: 1], codes: [.io]))
            for number in [1, 100, 200] {
                let code = await refusal { () throws(UploadError) in _ = try await catalogue.upload(id(number)) }
                #expect(code == .unavailable)
            }
            store.files.setFaults(.none)
            for number in [1, 100, 200] { #expect(try await catalogue.upload(id(number)) != nil) }
            await catalogue.close()
        }
    }

    @Test func `damage is told as damage`() throws {
        let store = SimulatedStore(seed: 5)
        try store.run { catalogue async throws in
            for number in 1...200 { try await catalogue.begin(.of(number)) }
        }
        let size = store.files.contents(of: "catalogue")?.count ?? 0
        for offset in stride(from: 4096, to: size, by: 512) { store.files.corrupt("catalogue", at: UInt64(offset)) }
        let code = try store.scheduler.run {
            await refusal { () throws(UploadError) in
                let catalogue = try await store.open()
                do throws(UploadError) {
                    for number in 1...200 { _ = try await catalogue.upload(id(number)) }
                    let problems = try await catalogue.problems()
                    if !problems.isEmpty { throw UploadError(.storeCorrupt(detail: problems[0])) }
                } catch {
                    await catalogue.close()
                    throw error
                }
                await catalogue.close()
            }
        }
        #expect(code == .storeCorrupt)
    }

    // MARK: Crashes

    @Test(arguments: [true, false])
    func `what was acknowledged survives a crash at every step`(losingUnsynced: Bool) throws {
        var step = 0
        var reached = 0
        repeat {
            step += 3
            let history = try crash(seed: UInt64(step), atStep: step, losingUnsynced: losingUnsynced)
            #expect(history.lost == [], "step \(step)\n\(history.log)")
            #expect(history.problems == [], "step \(step)\n\(history.log)")
            reached = history.acknowledged
        } while reached < 30
        #expect(step > 60)
    }

    @Test func `what was acknowledged survives failures of the disk, and a crash after them`() throws {
        for seed in 1...80 {
            let history = try crash(seed: UInt64(seed), atStep: 60 + 4 * seed, losingUnsynced: true, faults: 0.03)
            #expect(history.lost == [], "seed \(seed)\n\(history.log)")
            #expect(history.problems == [], "seed \(seed)\n\(history.log)")
        }
    }

    /// The failed transaction changes pages that are in the main file alone: no log repairs them there, should the
    /// reopening copy a transaction into it that the disk does not have.
    @Test func `what was acknowledged survives a repair that fails at first, and a crash in any step of it`() throws {
        for seed in 1...450 {
            let step = 1 + seed % 150
            let store = SimulatedStore(seed: UInt64(seed))
            let earlier = try store.run { catalogue in
                await together(1...150) { number throws(UploadError) in
                    try await catalogue.begin(.of(number))
                }.succeeded
            }
            let acknowledged = try store.scheduler.run {
                var acknowledged = earlier
                let catalogue = try await store.open()
                // Something for the checkpoint to copy, and to fail with.
                try await catalogue.begin(.of(151))
                store.files.failNext(.syncData, .io, pathSuffix: "-wal")
                store.files.failNext(.syncData, .io, pathSuffix: "catalogue")
                store.files.crash(atStep: store.files.step + step)
                for number in [3, 70, 140] {
                    acknowledged.remove(number)
                    _ = await refusal { () throws(UploadError) in try await catalogue.abort(number) }
                }
                for number in 152...157 {
                    let code = await refusal { () throws(UploadError) in try await catalogue.begin(.of(number)) }
                    if code == nil { acknowledged.insert(number) }
                }
                await catalogue.close()
                return acknowledged
            }
            store.files.cancelInjectedFailures()
            store.files.restart()
            try store.scheduler.run {
                let catalogue = try await store.open()
                for number in acknowledged {
                    #expect(try await catalogue.upload(id(number)) != nil, "seed \(seed)\n\(store.files.history)")
                }
                #expect(try await catalogue.problems() == [], "seed \(seed)\n\(store.files.history)")
                await catalogue.close()
            }
        }
    }

    private struct History {
        var acknowledged = 0
        var lost: Set<Int> = []
        var problems: [String] = []
        var log = ""
    }

    /// 30 uploads with 5 callers until the crash; what is left after it.
    private func crash(
        seed: UInt64, atStep step: Int, losingUnsynced: Bool, faults: Double = 0
    ) throws -> History {
        let store = SimulatedStore(seed: seed)
        let durability: Durability = losingUnsynced ? .powerLoss : .processCrash
        store.files.crash(atStep: step)
        let acknowledged = try store.scheduler.run {
            var acknowledged: Set<Int> = []
            guard let catalogue = try? await store.open(durability) else { return acknowledged }
            if (try? await catalogue.createCapsule(letters)) != nil {
                store.files.setFaults(.everywhere(faults))
                for round in 0..<6 {
                    let numbers = round * 5 + 1...round * 5 + 5
                    acknowledged.formUnion(
                        await together(numbers) { number throws(UploadError) in
                            try await catalogue.begin(.of(number, content: [UInt8](repeating: 1, count: 700 * number)))
                        }.succeeded)
                }
            }
            await catalogue.close()
            return acknowledged
        }
        var history = History(acknowledged: acknowledged.count, log: store.files.history)
        store.files.setFaults(.none)
        store.files.restart(losingUnsynced: losingUnsynced)
        (history.lost, history.problems) = try store.scheduler.run {
            let catalogue = try await store.open(durability)
            var lost: Set<Int> = []
            for number in acknowledged {
                let bytes = try await catalogue.catalogueBytes(id(number), 0..<1 << 20)
                if bytes != [UInt8](repeating: 1, count: 700 * number) { lost.insert(number) }
            }
            let problems = try await catalogue.problems()
            await catalogue.close()
            return (lost, problems)
        }
        return history
    }
}

extension CatalogueSQLite {
    /// Lets the database grow by this number of pages: SQLite then reports a full disk in the statement that needs
    /// more, where a real full disk is reported by the commit of a transaction that fits into the page cache.
    fileprivate func limitPages(toMore count: Int) async throws(UploadError) {
        try await write { queries throws(UploadError) in
            let pages = try queries.connection.first("PRAGMA page_count") { row throws(UploadError) in
                try row.next(Int.self)
            }
            try queries.connection.execute("PRAGMA max_page_count = \((pages ?? 0) + count)")
        }
    }
}
