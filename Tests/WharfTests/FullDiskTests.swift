import DurableFiles
import SessionCore
import Testing
import UploadCore
import UploadSimulation
import UploadTestKit
import Wharf

/// A disk that Wharf, or somebody else, has filled to the last byte.
@Suite struct FullDiskTests {
    /// - Parameter catalogueBytesMax: 0 for files alone.
    private func machine(catalogueBytesMax: UInt64) -> Machine {
        var limits = Machine.limits
        limits.catalogueBytesMax = catalogueBytesMax
        limits.freeBytesMin = 12 << 20
        limits.activeUploadsMax = 1000
        return Machine(limits: limits)
    }

    /// Stores bodies of falling size until even the smallest is refused.
    private static func fill(_ store: SimulatedStore) async throws -> [SessionId] {
        var blobs: [SessionId] = []
        for size in [60_000, 20_000, 1000] {
            var isRefused = false
            while !isRefused {
                do {
                    let id = try await store.begin(.chunks(size: 60_000), length: UInt64(size))
                    try await store.sendMissing(id, content(size))
                    _ = try await store.uploads.commit(id, by: SimulatedStore.anna)
                    blobs.append(id)
                } catch {
                    #expect((error as? UploadError)?.code == .storeFull)
                    isRefused = true
                }
            }
        }
        return blobs
    }

    @Test(arguments: [0, 64 << 10] as [UInt64])
    func `a store that filled its disk reads, opens, checks, expires and deletes, and then takes bytes again`(
        _ catalogueBytesMax: UInt64
    ) throws {
        let machine = machine(catalogueBytesMax: catalogueBytesMax)
        let (blobs, pending) = try machine.open { store in
            let pending = try await store.begin(length: 3000)
            machine.files.setCapacity(machine.files.usedBytes + 14_500_000)
            machine.clock.advance(milliseconds: 1000)
            let blobs = try await Self.fill(store)
            return (blobs, pending)
        }
        #expect(blobs.count > 10)
        // Others take what Wharf left, and the machine stops.
        machine.files.setCapacity(machine.files.usedBytes)
        machine.files.restart()
        machine.files.setCapacity(machine.files.usedBytes)
        try machine.open { store in
            #expect(try await store.check().issues == [])
            #expect(try await store.read(blobs[0]).count == 60_000)
            machine.files.setCapacity(machine.files.usedBytes)
            machine.clock.advance(milliseconds: 1000)
            await expectRefusal(.storeFull) { try await store.begin(length: 3000) }
            await expectRefusal(.storeFull) { try await store.uploads.maintenance.requireWritable() }
            _ = try await store.uploads.status(of: pending, by: SimulatedStore.anna)
            for blob in blobs.dropFirst() {
                try await store.uploads.deleteBlob(BlobId(blob), by: SimulatedStore.anna)
            }
            machine.clock.advance(milliseconds: 8 * 24 * 60 * 60 * 1000)
            #expect(try await store.uploads.maintenance.expire().contains(pending))
        }
        try machine.open { store in
            #expect(try await store.read(blobs[0]).count == 60_000)
            #expect(try await store.check().issues == [])
            machine.files.setCapacity(nil)
            machine.clock.advance(milliseconds: 1000)
            try await store.uploads.maintenance.requireWritable()
            _ = try await store.committed(content(3500))
        }
    }

    @Test func `the reserve is given up on a full disk and taken again when there is room`() throws {
        let machine = machine(catalogueBytesMax: 0)
        @Sendable func reserved() -> UInt64 { machine.files.files().first { $0.path == "RESERVE" }?.size ?? 0 }
        let id = try machine.open { store in try await store.pending(content(1000)) }
        #expect(reserved() == 6 << 20)
        // The log is empty now, and needs space for the next change.
        machine.files.setCapacity(machine.files.usedBytes)
        try machine.open { store in
            try await store.uploads.abort(id, by: SimulatedStore.anna)
            #expect(reserved() == 0)
            await expectRefusal(.storeFull) { try await store.uploads.maintenance.requireWritable() }
            #expect(reserved() == 0)
            machine.files.setCapacity(nil)
            machine.clock.advance(milliseconds: 1000)
            try await store.uploads.maintenance.requireWritable()
            #expect(reserved() == 6 << 20)
        }
    }

    @Test func `a reserve of a smaller limit still helps on a full disk, and grows when there is room`() throws {
        var limits = Machine.limits
        limits.freeBytesMin = 4 << 20
        let small = Machine(limits: limits)
        let id = try small.open { store in try await store.pending(content(1000)) }
        limits.freeBytesMin = 12 << 20
        let machine = Machine(small, limits: limits)
        @Sendable func reserved() -> UInt64 { machine.files.files().first { $0.path == "RESERVE" }?.size ?? 0 }
        #expect(reserved() == 2 << 20)
        machine.files.setCapacity(machine.files.usedBytes)
        try machine.open { store in
            #expect(reserved() == 2 << 20)
            try await store.uploads.abort(id, by: SimulatedStore.anna)
            #expect(reserved() == 0)
        }
        machine.files.setCapacity(nil)
        try machine.open { _ in #expect(reserved() == 6 << 20) }
    }

    @Test func `bytes that would leave less than the free space to keep are refused until there is more`() throws {
        let machine = machine(catalogueBytesMax: 0)
        try machine.open { store in
            let id = try await store.begin(.chunks(size: 64 << 10), length: 128 << 10)
            machine.files.setCapacity(machine.files.usedBytes + 12 << 20 + 96 << 10)
            machine.clock.advance(milliseconds: 1000)
            let bytes = content(64 << 10)
            try await store.uploads.putChunk(id, index: 0, bytes, by: SimulatedStore.anna)
            machine.clock.advance(milliseconds: 1000)
            let error = await expectRefusal(.storeFull) {
                try await store.uploads.putChunk(id, index: 1, bytes, by: SimulatedStore.anna)
            }
            #expect(error?.debugDescription.contains("\(12 << 20) are kept") == true)
            #expect(error?.description.contains("kept") == false)
            machine.files.setCapacity(nil)
            try await store.uploads.putChunk(id, index: 1, bytes, by: SimulatedStore.anna)
        }
    }
}
