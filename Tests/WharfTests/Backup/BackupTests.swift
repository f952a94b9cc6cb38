import DurableFiles
import SessionCore
import Testing
import UploadCore
import UploadSimulation
import UploadTestKit
import Wharf

@Suite struct BackupTests {
    @Test(arguments: [true, false]) func `a restored backup has every blob, and its pending uploads go on`(
        _ linking: Bool
    ) throws {
        let machine = try BackupMachine()
        let (blob, small, pending, append, summary) = try machine.open { store, target async throws in
            let blob = try await store.committed(content(3000))
            let capsule = try await store.uploads.defaultCapsule(of: BackupMachine.Store.anna).id
            let request = store.request(capsule, .append)
            let small = try await store.uploads.putWhole(request, content(50), by: BackupMachine.Store.anna).record.id
            let pending = try await store.gapped(content(2500))
            let append = try await store.begin(.append, length: 2000)
            _ = try await store.uploads.append(append, at: 0, content(700), by: BackupMachine.Store.anna)
            return (blob, small, pending, append, try await store.backUp(to: target, linking: linking))
        }
        #expect(summary.linked == (linking ? 1 : 0) && summary.copied == (linking ? 2 : 3))
        #expect(summary.objects == 3 && summary.damaged == [])
        #expect(try machine.issuesOfBackup() == [])
        try machine.open("backup") { store, _ async throws in
            #expect(try await store.read(blob) == content(3000))
            #expect(try await store.read(small) == content(50))
            #expect(try await store.record(pending).session.pieces.ranges() == [0...0, 2...2])
            #expect(try await store.record(append).session.offset == 700)
            // Other bytes than those that the original may get.
            try await store.finish(pending, content(1000) + content(1000, from: 77) + content(500, from: 2000))
            _ = try await store.uploads.append(append, at: 700, content(1300, from: 1), by: BackupMachine.Store.anna)
            try await store.uploads.deleteBlob(BlobId(blob), by: BackupMachine.Store.anna)
            #expect(try await store.check().issues == [])
        }
        try machine.open { store, _ async throws in
            #expect(try await store.read(blob) == content(3000))
            try await store.finish(pending, content(2500))
            #expect(try await store.read(pending) == content(2500))
            #expect(try await store.check().issues == [])
        }
    }

    @Test func `a second backup keeps what it has, adds what is new and removes what is gone`() throws {
        let machine = try BackupMachine()
        let (kept, gone) = try machine.open { store, target async throws in
            let ids = (try await store.committed(content(3000)), try await store.committed(content(1500)))
            #expect(try await store.backUp(to: target).linked == 2)
            return ids
        }
        let (new, summary) = try machine.open { store, target async throws in
            try await store.uploads.deleteBlob(BlobId(gone), by: BackupMachine.Store.anna)
            let new = try await store.committed(content(2000))
            return (new, try await store.backUp(to: target))
        }
        #expect(summary.kept == 1 && summary.linked == 1 && summary.copied == 0 && summary.removed == 1)
        #expect(machine.objects("backup").count == 2)
        #expect(try machine.issuesOfBackup() == [])
        try machine.open("backup") { store, _ async throws in
            #expect(try await store.read(kept) == content(3000))
            #expect(try await store.read(new) == content(2000))
        }
    }

    /// A pending upload's copy can have its full length and gaps.
    @Test func `an upload that was pending in the former backup is copied again, and never linked`() throws {
        let machine = try BackupMachine()
        let id = try machine.open { store, target async throws in
            let id = try await store.gapped(content(2500))
            #expect(try await store.backUp(to: target).copied == 1)
            return id
        }
        let summary = try machine.open { store, target async throws in
            try await store.finish(id, content(2500))
            return try await store.backUp(to: target)
        }
        #expect(summary.copied == 1 && summary.linked == 0 && summary.kept == 0)
        #expect(try machine.issuesOfBackup() == [])
        #expect(try machine.backUp().kept == 1)
    }

    @Test func `a part that ended but is in a concatenation is backed up`() throws {
        let machine = try BackupMachine()
        let whole = try machine.open { store, target async throws in
            let part = try await store.committed(content(3000), isPartial: true)
            let capsule = try await store.uploads.defaultCapsule(of: BackupMachine.Store.anna).id
            let whole = try await store.uploads.concatenate(
                store.request(capsule, .append), parts: [part], by: BackupMachine.Store.anna
            ).id
            try await store.uploads.abort(part, by: BackupMachine.Store.anna)
            #expect(try await store.backUp(to: target).linked == 1)
            return whole
        }
        #expect(try machine.issuesOfBackup() == [])
        try machine.open("backup") { store, _ async throws in #expect(try await store.read(whole) == content(3000)) }
    }

    @Test func `a damaged object is reported, the others are backed up, and the former copy stays`() throws {
        let machine = try BackupMachine()
        try machine.open { store, target async throws in
            _ = try await store.committed(content(3000))
            _ = try await store.backUp(to: target)
        }
        let old = try #require(machine.objects("store").first)
        let new = try machine.open { store, _ in try await store.committed(content(2000)) }
        let damaged = try #require(machine.objects("store").first { $0 != old })
        let intact = try machine.open { store, target async throws in
            let intact = try await store.committed(content(1500))
            machine.disk.removeBehindBack(old)
            machine.disk.truncateBehindBack(damaged, to: 10)
            let summary = try await store.backUp(to: target)
            #expect(summary.kept == 1 && summary.linked == 1)
            #expect(summary.damagedCount == 1)
            #expect(summary.damaged == [damaged.replacing("store/", with: "") + " has 10 of 2000 bytes"])
            return intact
        }
        #expect(try machine.issuesOfBackup().map(\.upload) == [new])
        try machine.open("backup") { store, _ async throws in #expect(try await store.read(intact) == content(1500)) }
    }

    @Test func `an object that cannot be read for a reason that passes fails the backup`() throws {
        let machine = try BackupMachine()
        try machine.open { store, target async throws in
            _ = try await store.committed(content(3000))
            machine.disk.failNext(.open, .tooManyOpenFiles, pathPrefix: "store/bytes")
            await expectBackupError(.storeFailed) { try await store.backUp(to: target) }
            #expect(try await store.backUp(to: target).linked == 1)
        }
    }

    @Test func `a store that is written without syncs has a durable backup`() throws {
        let machine = try BackupMachine()
        try machine.open(durability: .processCrash) { store, target async throws in
            _ = try await store.committed(content(3000))
            _ = try await store.backUp(to: target)
            machine.disk.crashNow()
        }
        machine.disk.restart(losingUnsynced: true)
        #expect(try machine.issuesOfBackup() == [])
    }

    // MARK: - Use while it runs

    @Test(arguments: 1...25) func `uploads are made, finished, aborted and deleted while a backup runs`(
        _ seed: UInt64
    ) throws {
        let machine = try BackupMachine(seed: seed)
        let (stays, deleted) = try machine.open { store, target async throws in
            var blobs: [SessionId] = []
            for _ in 0..<6 { blobs.append(try await store.committed(content(1500))) }
            let pending = [try await store.gapped(content(2500)), try await store.gapped(content(2500))]
            try await withThrowingTaskGroup { [blobs] group in
                group.addTask { _ = try await store.backUp(to: target) }
                group.addTask {
                    for blob in blobs[..<3] {
                        try await store.uploads.deleteBlob(BlobId(blob), by: BackupMachine.Store.anna)
                    }
                    try await store.uploads.abort(pending[0], by: BackupMachine.Store.anna)
                }
                group.addTask {
                    try await store.finish(pending[1], content(2500))
                    for _ in 0..<5 { _ = try await store.committed(content(1200)) }
                }
                try await group.waitForAll()
            }
            #expect(try await store.check().issues == [])
            return (blobs[3...], blobs[..<3])
        }
        // Held back during the backup, and removed with its end.
        #expect(machine.objects("store").count == 9)
        #expect(try machine.issuesOfBackup() == [])
        try machine.open("backup") { store, _ async throws in
            for blob in stays { #expect(try await store.read(blob) == content(1500)) }
            for blob in deleted where try await store.record(blob).blob != nil {
                #expect(try await store.read(blob) == content(1500))
            }
        }
    }

    @Test func `a second backup at the same time is refused`() throws {
        let machine = try BackupMachine()
        try machine.open { store, target async throws in
            for _ in 0..<5 { _ = try await store.committed(content(1500)) }
            var codes: [BackupError.Code?] = []
            await withTaskGroup(of: BackupError.Code?.self) { group in
                for _ in 0..<2 {
                    group.addTask { await backupError { () throws(BackupError) in try await store.backUp(to: target) } }
                }
                for await code in group { codes.append(code) }
            }
            #expect(Set(codes) == [nil, .running])
            _ = try await store.backUp(to: target)
        }
    }

    @Test func `a cancelled backup ends, and removals go on`() throws {
        let machine = try BackupMachine()
        try machine.open { store, target async throws in
            let blob = try await store.committed(content(1500))
            let backup = await withTaskGroup(of: BackupError.Code?.self) { group in
                group.addTask { await backupError { () throws(BackupError) in try await store.backUp(to: target) } }
                group.cancelAll()
                return await group.next() ?? nil
            }
            #expect(backup == .cancelled)
            try await store.uploads.deleteBlob(BlobId(blob), by: BackupMachine.Store.anna)
            #expect(machine.objects("store").isEmpty)
        }
    }
}
