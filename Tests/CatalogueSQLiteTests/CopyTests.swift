import DurableFiles
import SessionCore
import Testing
import UploadCore
import UploadTestKit

@testable import CatalogueSQLite

/// Copies of a catalogue in use.
@Suite struct CopyTests {
    /// Enough rows for several steps.
    private static func fill(_ catalogue: CatalogueSQLite, _ numbers: ClosedRange<Int>) async throws {
        for number in numbers {
            _ = try await catalogue.begin(.of(number, content: [UInt8](repeating: 7, count: 6000)))
        }
    }

    private static func openCopy(_ store: SimulatedStore) async throws -> CatalogueSQLite {
        try await CatalogueSQLite(
            path: "copy", vfs: store.vfs.name, pool: store.scheduler.orderedPool(), durability: .powerLoss)
    }

    private static func makeFile(_ store: SimulatedStore) throws {
        store.files.close(try store.files.open("copy", .readWriteCreating))
    }

    @Test func `a copy has the changes between its steps, wherever their pages are`() throws {
        let store = SimulatedStore(seed: 1)
        try store.run { catalogue async throws in
            try await Self.fill(catalogue, 1...20)
            try Self.makeFile(store)
            try await catalogue.beginCopy(to: "copy", vfs: store.vfs.name)
            var steps = 0
            var number = 100
            while try await !catalogue.stepCopy(pages: 8).isComplete {
                steps += 1
                number += 1
                try await Self.fill(catalogue, number...number)
                _ = try await catalogue.deleteBlob(BlobId(id(steps)), at: time(9), checkAccess: admitAll)
            }
            #expect(steps > 3)
            // Too late for the copy.
            try await Self.fill(catalogue, 200...200)
            let copy = try await Self.openCopy(store)
            #expect(try await copy.problems() == [])
            #expect(try await copy.countBlobs() == 20)
            #expect(try await copy.upload(id(number)) != nil)
            #expect(try await copy.upload(id(200)) == nil)
            await copy.close()
        }
    }

    @Test func `transactions run between the steps of a copy, and none of them waits for its end`() throws {
        let store = SimulatedStore(seed: 2)
        try store.run { catalogue async throws in
            try await Self.fill(catalogue, 1...20)
            try Self.makeFile(store)
            try await catalogue.beginCopy(to: "copy", vfs: store.vfs.name)
            let commits = catalogue.statistics.commits
            try await withThrowingTaskGroup { group in
                group.addTask { while try await !catalogue.stepCopy(pages: 1).isComplete {} }
                group.addTask { try await Self.fill(catalogue, 100...130) }
                try await group.waitForAll()
            }
            #expect(catalogue.statistics.commits - commits == 31)
        }
    }

    @Test func `a copy that is given up, or whose catalogue is closed, harms nothing`() throws {
        let store = SimulatedStore(seed: 3)
        try store.run { catalogue async throws in
            try await Self.fill(catalogue, 1...10)
            try Self.makeFile(store)
            try await catalogue.beginCopy(to: "copy", vfs: store.vfs.name)
            _ = try await catalogue.stepCopy(pages: 4)
            await catalogue.endCopy()
            await catalogue.endCopy()
            let code = await refusal { () throws(UploadError) in _ = try await catalogue.stepCopy(pages: 4) }
            #expect(code == .unavailable)
            try await Self.fill(catalogue, 11...11)
            try await catalogue.beginCopy(to: "copy", vfs: store.vfs.name)
            _ = try await catalogue.stepCopy(pages: 4)
        }
        try store.scheduler.run {
            let catalogue = try await store.open()
            #expect(try await catalogue.countBlobs() == 11)
            await catalogue.close()
        }
    }

    /// SQLite closes no database that is being copied: the catalogue could not be opened again.
    @Test func `a disk failure during a copy ends the copy, and the catalogue recovers`() throws {
        let store = SimulatedStore(seed: 4)
        try store.run { catalogue async throws in
            try await Self.fill(catalogue, 1...10)
            try Self.makeFile(store)
            try await catalogue.beginCopy(to: "copy", vfs: store.vfs.name)
            _ = try await catalogue.stepCopy(pages: 4)
            store.files.failNext(.syncData, .io, pathPrefix: "catalogue")
            #expect(await refusal { () throws(UploadError) in try await catalogue.begin(.of(11)) } == .unavailable)
            _ = try await catalogue.begin(.of(12))
            let code = await refusal { () throws(UploadError) in _ = try await catalogue.stepCopy(pages: 4) }
            #expect(code == .unavailable)
            #expect(try await catalogue.upload(id(12)) != nil)
        }
    }

    @Test func `a full disk of the copy fails the copy alone`() throws {
        let store = SimulatedStore(seed: 5)
        try store.run { catalogue async throws in
            try await Self.fill(catalogue, 1...10)
            try Self.makeFile(store)
            try await catalogue.beginCopy(to: "copy", vfs: store.vfs.name)
            store.files.failNext(.write, .noSpace, pathPrefix: "copy")
            let code = await refusal { () throws(UploadError) in
                while try await !catalogue.stepCopy(pages: 8).isComplete {}
            }
            #expect(code == .storeFull)
            await catalogue.endCopy()
            try await Self.fill(catalogue, 11...12)
            #expect(try await catalogue.problems() == [])
        }
    }

    @Test func `a copy stands without a log beside it, and lists the files of its uploads`() throws {
        let store = SimulatedStore(seed: 6)
        try store.run { catalogue async throws in
            _ = try await catalogue.begin(.of(1))
            try await Self.fill(catalogue, 2...3)
            try Self.makeFile(store)
            try await catalogue.beginCopy(to: "copy", vfs: store.vfs.name)
            while try await !catalogue.stepCopy(pages: 100).isComplete {}
            let snapshot = try CatalogueSnapshot(path: "copy", vfs: store.vfs.name)
            let files = try snapshot.referredFiles(after: 0, limit: 10)
            #expect(try snapshot.countReferredFiles() == files.count)
            #expect(files == (try await catalogue.referredFiles(after: 0, limit: 10)))
            #expect(files.allSatisfy { $0.upload == id(1) && $0.content == .pieces([]) })
            #expect(try snapshot.status(of: id(2)) != nil && snapshot.status(of: id(9)) == nil)
            snapshot.close()
            #expect(store.files.files().map(\.path).filter { $0.hasPrefix("copy") } == ["copy"])
        }
    }
}
