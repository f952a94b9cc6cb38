import DurableFiles
import SessionCore
import Testing
import UploadCore
import UploadSimulation
import UploadTestKit
import Wharf

/// Which directories become backups, and backups stores.
@Suite struct BackupDirectoryTests {
    private func touch(_ path: String, _ disk: SimulatedFileSystem) throws {
        let file = try disk.open(path, .readWriteCreating)
        try [1].withUnsafeBytes { try disk.write(file, $0, at: 0) }
        disk.close(file)
    }

    @Test func `a directory with files of others is refused and left as it is`() throws {
        let machine = try BackupMachine()
        try touch("backup/letter", machine.disk)
        try machine.open { store, target async throws in
            await expectBackupError(.unusableTarget) { try await store.backUp(to: target) }
        }
        #expect(machine.disk.files(under: "backup").map(\.path) == ["backup/letter"])
    }

    @Test func `the backup of another store is refused and stays what it is, also for an empty new store`() throws {
        let machine = try BackupMachine()
        try machine.open { store, target async throws in
            _ = try await store.committed(content(3000))
            _ = try await store.backUp(to: target)
        }
        try machine.disk.makeDirectory("other")
        try machine.open("other") { store, target async throws in
            await expectBackupError(.unusableTarget) { try await store.backUp(to: target) }
        }
        #expect(try machine.issuesOfBackup() == [])
        try machine.open("backup", keepsBackup: true) { store, _ async throws in
            #expect(try await store.uploads.countBlobs() == 1)
        }
        try machine.backUp()
    }

    @Test func `a check of a store, and a backup without a server, keep its reserve`() throws {
        let machine = try BackupMachine()
        func reserved() -> [UInt64] {
            machine.disk.files(under: "store").filter { $0.path == "store/RESERVE" }.map(\.size)
        }
        try machine.open { _, _ in }
        let before = reserved()
        #expect(before.count == 1)
        try machine.open(keepsBackup: true) { store, target async throws in _ = try await store.backUp(to: target) }
        #expect(reserved() == before)
    }

    @Test func `the directory of a running store is refused, also the store’s own`() throws {
        let machine = try BackupMachine()
        try machine.open { store, target async throws in
            let own = BackupLocation(files: BackupMachine.Files("store", of: machine.disk), name: "s", vfs: nil) { $0 }
            await expectBackupError(.targetInUse) { try await store.backUp(to: own) }
            _ = try await store.backUp(to: target)
            let lock = try machine.disk.lock("backup/LOCK")
            await expectBackupError(.targetInUse) { try await store.backUp(to: target) }
            machine.disk.close(lock)
            _ = try await store.backUp(to: target)
        }
    }

    @Test func `a backup whose check was killed is refused until it was closed`() throws {
        let machine = try BackupMachine()
        try machine.backUp()
        try machine.open("backup", keepsBackup: true) { store, _ async throws in
            _ = try await store.committed(content(1000))
            machine.disk.crashNow()
        }
        machine.disk.restart(losingUnsynced: false)
        try machine.open { store, target async throws in
            await expectBackupError(.targetInUse) { try await store.backUp(to: target) }
        }
        #expect(try machine.issuesOfBackup() == [])
        try machine.backUp()
    }

    @Test func `a restored backup is a store, which no backup replaces`() throws {
        let machine = try BackupMachine()
        let blob = try machine.open { store, target async throws in
            let blob = try await store.committed(content(1000))
            _ = try await store.backUp(to: target)
            return blob
        }
        #expect(machine.disk.contents(of: "backup/BACKUP") != nil)
        #expect(try machine.issuesOfBackup() == [])
        #expect(machine.disk.contents(of: "backup/BACKUP") != nil)
        #expect(try machine.open("backup") { store, _ in store.wasBackup })
        #expect(machine.disk.contents(of: "backup/BACKUP") == nil)
        #expect(try machine.open("backup") { store, _ in store.wasBackup } == false)
        try machine.open { store, target async throws in
            await expectBackupError(.unusableTarget) { try await store.backUp(to: target) }
        }
        try machine.open("backup") { store, _ async throws in #expect(try await store.read(blob) == content(1000)) }
    }

    @Test func `the check of a backup takes no space for a reserve`() throws {
        let machine = try BackupMachine()
        try machine.backUp()
        #expect(try machine.issuesOfBackup() == [])
        #expect(machine.disk.contents(of: "backup/RESERVE") == nil)
    }

    @Test func `an unfinished first backup is no store`() throws {
        let machine = try BackupMachine()
        try machine.open { store, target async throws in
            _ = try await store.committed(content(1000))
            machine.disk.failNext(.rename, .io, pathPrefix: "backup/catalogue")
            await expectBackupError(.targetFailed) { try await store.backUp(to: target) }
        }
        #expect(machine.objects("backup").count == 1)
        #expect(throws: UploadError.self) { try machine.open("backup") { _, _ in } }
        #expect(machine.disk.contents(of: "backup/BACKUP") != nil)
        #expect(try machine.backUp().linked == 1)
        #expect(try machine.issuesOfBackup() == [])
    }

    @Test func `opening a backup removes what an unfinished one left in it`() throws {
        let machine = try BackupMachine()
        try machine.backUp()
        try machine.open { store, target async throws in
            _ = try await store.committed(content(1000))
            machine.disk.failNext(.rename, .io, pathPrefix: "backup/catalogue")
            await expectBackupError(.targetFailed) { try await store.backUp(to: target) }
        }
        #expect(machine.objects("backup").count == 1)
        try machine.open("backup", keepsBackup: true) { store, _ async throws in
            #expect(try await store.check().issues == [])
            #expect(store.repairs.count == 1)
        }
        #expect(machine.objects("backup").isEmpty)
    }

    @Test(arguments: [true, false]) func `a full disk fails the backup and leaves the former one and the store intact`(
        _ isCatalogue: Bool
    ) throws {
        let machine = try BackupMachine()
        let blob = try machine.open { store, target async throws in
            let blob = try await store.committed(content(3000))
            _ = try await store.backUp(to: target)
            return blob
        }
        try machine.open { store, target async throws in
            let new = try await store.committed(content(60_000))
            let room = isCatalogue ? 0 : 4 << 20
            machine.disk.setCapacity(machine.disk.usedBytes + Machine.limits.freeBytesMin + UInt64(room))
            if !isCatalogue {
                machine.disk.failNext(.write, .noSpace, pathPrefix: "backup/bytes")
            }
            let error = await expectBackupError(.targetFull) { try await store.backUp(to: target, linking: false) }
            #expect(error?.message.contains("“backup”") == true)
            machine.disk.setCapacity(nil)
            machine.clock.advance(milliseconds: 1000)
            _ = try await store.committed(content(2000))
            #expect(try await store.read(new) == content(60_000))
            #expect(try await store.check().issues == [])
        }
        #expect(try machine.issuesOfBackup() == [])
        try machine.open("backup", keepsBackup: true) { store, _ async throws in
            #expect(try await store.read(blob) == content(3000))
        }
        #expect(try machine.backUp(linking: false).copied == 2)
        #expect(try machine.issuesOfBackup() == [])
    }
}
