import DurableFiles
import SessionCore
import Testing
import UploadCore
import UploadSimulation
import UploadTestKit
import Wharf

@Suite struct RecoveryTests {
    @Test(arguments: [true, false]) func `bytes of an upload that ended before a crash are removed at the next opening`(
        _ losingPower: Bool
    ) throws {
        let machine = Machine()
        try machine.open { store in
            let id = try await store.pending(content(3000))
            machine.files.failNext(.remove, .io, pathPrefix: "bytes")
            try await store.uploads.abort(id, by: SimulatedStore.anna)
            machine.files.crashNow()
        }
        machine.files.restart(losingUnsynced: losingPower)
        #expect(machine.objects.count == 1)
        let repairs = try machine.open { store async throws in
            #expect(try await store.check().isClean)
            return store.repairs
        }
        #expect(repairs.count == 1)
        #expect(machine.objects.isEmpty)
    }

    @Test func `running it twice changes nothing`() throws {
        let machine = Machine()
        try machine.open { store in
            for _ in 0..<3 {
                let id = try await store.pending(content(3000))
                machine.files.failNext(.remove, .io, pathPrefix: "bytes")
                try await store.uploads.abort(id, by: SimulatedStore.anna)
            }
        }
        try machine.open { store async throws in
            #expect(store.repairs.count == 3)
            #expect(try await store.uploads.maintenance.recover().isEmpty)
        }
        let writes = machine.files.count(of: .write, pathPrefix: "bytes")
        try machine.open { store in #expect(store.repairs.isEmpty) }
        #expect(machine.files.count(of: .write, pathPrefix: "bytes") == writes)
    }

    @Test func `files that cannot be removed do not hold up the others, and are counted`() throws {
        let machine = Machine()
        let reason = try machine.open { store async throws -> String? in
            var keys: [ObjectKey] = []
            for _ in 0..<4 {
                let id = try await store.pending(content(3000))
                keys.append(try await store.record(id).meta.key)
                machine.files.failNext(.remove, .io, pathPrefix: "bytes")
                try await store.uploads.abort(id, by: SimulatedStore.anna)
            }
            for key in keys.prefix(2) { machine.files.failNext(.remove, .io, pathSuffix: key.digest.hex) }
            do throws(UploadError) {
                try await store.uploads.maintenance.recover()
                return nil
            } catch {
                return error.debugDescription
            }
        }
        #expect(reason?.contains("2 objects are not removed") == true)
        #expect(machine.objects.count == 2)
        try machine.open { store in #expect(store.repairs.count == 2) }
        #expect(machine.objects.isEmpty)
    }

    @Test func `an orderly end leaves nothing to repair`() throws {
        let machine = Machine()
        try machine.open { store in
            _ = try await store.committed(content(3000))
            let id = try await store.pending(content(3000))
            try await store.uploads.abort(id, by: SimulatedStore.anna)
            _ = try await store.pending(content(3000))
        }
        try machine.open { store async throws in
            #expect(store.repairs.isEmpty)
            #expect(try await store.check().isClean)
        }
        #expect(machine.objects.count == 2)
    }

    @Test func `the plan is the same whatever the order of the list, and names each object once`() {
        let keys = (0..<9 as Range<UInt8>).map { ObjectKey(Digest(of: [$0])) }
        let plan = Recovery.plan(garbage: keys + keys)
        #expect(plan.count == 9)
        #expect(plan == Recovery.plan(garbage: keys.reversed()))
        #expect(Recovery.plan(garbage: []).isEmpty)
    }

    /// The whole life of an upload, stopped at every single call of the file system.
    @Test(arguments: [Durability.powerLoss, .processCrash])
    func `a client that repeats what was not answered gets its upload through any crash`(
        _ durability: Durability
    ) throws {
        let bytes = content(2500)
        var steps = 0
        while true {
            let machine = Machine(seed: UInt64(steps))
            try machine.open(durability) { store in _ = try await store.uploads.defaultCapsule(of: SimulatedStore.anna)
            }
            steps += 1
            machine.files.crash(atStep: machine.files.step + steps)
            let acknowledged = Acknowledged()
            _ = try? machine.open(durability) { store in
                let id = try await store.begin(length: 2500, key: "k")
                for index in [2, 0, 1] {
                    let chunk = bytes[index * 1000..<min(index * 1000 + 1000, 2500)]
                    try await store.uploads.putChunk(id, index: UInt64(index), chunk, by: SimulatedStore.anna)
                    acknowledged.insert(UInt64(index))
                }
                _ = try await store.uploads.commit(id, by: SimulatedStore.anna)
                acknowledged.commit(id)
            }
            let hasCrashed = machine.files.hasCrashed
            machine.files.restart(losingUnsynced: durability == .powerLoss)
            try machine.open(durability) { store in
                #expect(try await store.check().issues == [])
                let id = try await store.begin(length: 2500, key: "k")
                let record = try await store.record(id)
                if let committed = acknowledged.blob { #expect(record.blob == BlobId(committed)) }
                for index in acknowledged.chunks { #expect(record.session.pieces.contains(index)) }
                if record.blob == nil { try await store.sendMissing(id, bytes) }
                _ = try await store.uploads.commit(id, digest: Digest(of: bytes), by: SimulatedStore.anna)
                #expect(try await store.read(id) == bytes)
                #expect(try await store.check().issues == [])
            }
            if !hasCrashed { break }
        }
        #expect(steps > 20)
    }
}
