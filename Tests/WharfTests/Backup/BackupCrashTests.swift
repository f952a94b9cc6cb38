import DurableFiles
import SessionCore
import Testing
import UploadCore
import UploadSimulation
import UploadTestKit
import Wharf

/// A second backup that is stopped in every single call of the file system.
@Suite struct BackupCrashTests {
    private struct Uploads: Sendable {
        /// In both states of the store.
        let stays: SessionId
        /// Deleted between the two.
        let deleted: SessionId
        /// Pending with a gap at first, then committed.
        let finished: SessionId
        /// Committed between the two.
        let new: SessionId
    }

    /// A store whose former backup is that of an earlier state.
    private func prepare(_ machine: BackupMachine) throws -> Uploads {
        let (stays, deleted, finished) = try machine.open { store, target async throws in
            let stays = try await store.committed(content(1500))
            let deleted = try await store.committed(content(1600))
            let finished = try await store.gapped(content(2500))
            _ = try await store.backUp(to: target)
            return (stays, deleted, finished)
        }
        let new = try machine.open { store, _ async throws in
            try await store.uploads.deleteBlob(BlobId(deleted), by: BackupMachine.Store.anna)
            try await store.finish(finished, content(2500))
            let new = try await store.committed(content(1700))
            _ = try await store.gapped(content(2500))
            return new
        }
        return Uploads(stays: stays, deleted: deleted, finished: finished, new: new)
    }

    /// Restores the backup, which must be the whole former one or the whole new one, and uses it.
    ///
    /// - Returns: Whether it is the new one.
    private func restore(_ machine: BackupMachine, _ uploads: Uploads) throws -> Bool {
        try machine.open("backup") { store, _ async throws in
            #expect(try await store.read(uploads.stays) == content(1500))
            let isNew = try await store.record(uploads.finished).blob != nil
            #expect(try await (store.record(uploads.deleted).blob == nil) == isNew)
            if isNew {
                #expect(try await store.read(uploads.finished) == content(2500))
                #expect(try await store.read(uploads.new) == content(1700))
            } else {
                #expect(try await store.read(uploads.deleted) == content(1600))
                // Other bytes than in the store, whose file must not be the same.
                let bytes = content(1000) + content(1000, from: 99) + content(500, from: 2000)
                try await store.finish(uploads.finished, bytes)
                #expect(try await store.read(uploads.finished) == bytes)
            }
            #expect(try await store.check().issues == [])
            return isNew
        }
    }

    @Test(arguments: [true, false]) func `a backup killed at any point leaves the former one or the new one`(
        _ losingPower: Bool
    ) throws {
        var step = 1
        var outcomes: Set<Bool> = []
        while true {
            let machine = try BackupMachine(seed: UInt64(step))
            let uploads = try prepare(machine)
            _ = try? machine.open { [step] store, target async throws in
                machine.disk.crash(atStep: machine.disk.step + step)
                return try await store.backUp(to: target)
            }
            let hasCrashed = machine.disk.hasCrashed
            machine.disk.restart(losingUnsynced: losingPower)
            #expect(try machine.issuesOfBackup() == [], "step \(step)")
            let isResumed = step.isMultiple(of: 2)
            if isResumed {
                try machine.backUp()
                #expect(try machine.issuesOfBackup() == [], "step \(step), resumed")
            }
            let isNew = try restore(machine, uploads)
            outcomes.insert(isNew)
            #expect(!isResumed || isNew, "step \(step), resumed")
            try machine.open { store, _ async throws in
                #expect(try await store.read(uploads.finished) == content(2500))
                #expect(try await store.check().issues == [])
            }
            if !hasCrashed { break }
            step += 1
        }
        #expect(step > 50)
        #expect(outcomes == [true, false])
    }

    @Test(arguments: 1...40) func `a backup on a failing disk ends, and the directory stays a backup`(
        _ seed: UInt64
    ) throws {
        let machine = try BackupMachine(seed: seed)
        let uploads = try prepare(machine)
        _ = try? machine.open { store, target async throws in
            // Not the calls that read: objects that the store cannot read are reported as damaged.
            let calls: [SimulatedCall] = [
                .write, .truncate, .syncData, .makeDirectory, .syncDirectory, .list, .remove, .rename, .link, .lock,
            ]
            machine.disk.setFaults(SimulatedFaults(Dictionary(uniqueKeysWithValues: calls.map { ($0, 0.02) })))
            defer { machine.disk.setFaults(.none) }
            return try await store.backUp(to: target)
        }
        machine.disk.setFaults(.none)
        #expect(try machine.issuesOfBackup() == [])
        _ = try restore(machine, uploads)
        try machine.open { store, _ async throws in
            #expect(try await store.read(uploads.finished) == content(2500))
            #expect(try await store.check().issues == [])
        }
    }
}
