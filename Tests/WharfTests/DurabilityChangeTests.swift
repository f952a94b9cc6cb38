import DurableFiles
import SessionCore
import Testing
import UploadCore
import UploadSimulation
import UploadTestKit
import Wharf

/// A store that is opened at another durability than before.
@Suite struct DurabilityChangeTests {
    private let bytes = content(3500)

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `opened at power-loss, a store makes durable what was written at process-crash`(_ seed: UInt64) throws {
        let machine = Machine(seed: seed)
        let (blob, pending) = try machine.open(.processCrash) { [bytes] store in
            (try await store.committed(bytes), try await store.pending(bytes))
        }
        machine.files.restart(losingUnsynced: false)
        try machine.open(.powerLoss) { store in
            _ = try await store.uploads.commit(pending, by: SimulatedStore.anna)
            machine.files.crashNow()
        }
        machine.files.restart()
        try machine.open(.powerLoss) { [bytes] store async throws in
            #expect(try await store.read(blob) == bytes)
            #expect(try await store.read(pending) == bytes)
            #expect(try await store.check().issues == [])
        }
    }

    @Test func `everything is synced when a less strict opening ends, and not otherwise`() throws {
        let machine = Machine()
        func syncs() -> Int { machine.files.count(of: .syncFileSystems) }
        try machine.open(.powerLoss) { _ in }
        try machine.open(.powerLoss) { _ in }
        #expect(syncs() == 0)
        try machine.open(.processCrash) { _ in }
        #expect(syncs() == 1)
        try machine.open(.powerLoss) { _ in }
        #expect(syncs() == 1)
    }

    @Test func `everything is synced after a less strict opening that was killed, and after a failed attempt`() throws {
        let machine = Machine()
        try machine.open(.processCrash) { _ in machine.files.crashNow() }
        machine.files.restart(losingUnsynced: false)
        machine.files.resetCounts()
        func syncs() -> Int { machine.files.count(of: .syncFileSystems) }
        machine.files.failNext(.syncFileSystems, .io)
        #expect(throws: UploadError.self) { try machine.open(.powerLoss) { _ in } }
        #expect(syncs() == 1)
        try machine.open(.powerLoss) { _ in }
        #expect(syncs() == 2)
        try machine.open(.powerLoss) { _ in }
        #expect(syncs() == 2)
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `a store that was closed at process-crash survives a power loss`(_ seed: UInt64) throws {
        let machine = Machine(seed: seed)
        let (blob, pending) = try machine.open(.processCrash) { [bytes] store in
            (try await store.committed(bytes), try await store.pending(bytes))
        }
        machine.files.restart()
        try machine.open(.processCrash) { [bytes] store async throws in
            #expect(store.repairs == [])
            #expect(try await store.check().issues == [])
            #expect(try await store.read(blob) == bytes)
            _ = try await store.uploads.commit(pending, digest: Digest(of: bytes), by: SimulatedStore.anna)
        }
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `that a store is written at process-crash is known after a power loss`(_ seed: UInt64) throws {
        let machine = Machine(seed: seed)
        try machine.open(.powerLoss) { _ in }
        try machine.open(.processCrash) { [bytes] store in
            _ = try await store.committed(bytes)
            machine.files.crashNow()
        }
        machine.files.restart()
        try machine.open(.powerLoss) { _ in }
        #expect(machine.files.count(of: .syncFileSystems) == 1)
    }
}
