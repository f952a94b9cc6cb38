import DurableFiles
import SessionCore
import Testing
import UploadCore
import UploadMemories
import UploadSimulation
import UploadTestKit
import Wharf

@Suite struct RepairTests {
    private let machine = Machine()
    private let bytes = content(3500)

    /// Checks, repairs, and expects the store to be clean afterwards.
    private func repair(_ store: SimulatedStore) async throws -> [CheckIssue.Kind] {
        let report = try await store.check()
        #expect(try await store.repair(report) == report.issues.count { $0.repair != nil })
        #expect(try await store.check().issues == [])
        return report.issues.map(\.kind)
    }

    private func pending() throws -> SessionId {
        try machine.open { [bytes] store in try await store.pending(bytes) }
    }

    private func finish(_ id: SessionId, _ store: SimulatedStore) async throws {
        try await store.sendMissing(id, bytes)
        _ = try await store.uploads.commit(id, digest: Digest(of: bytes), by: SimulatedStore.anna)
        #expect(try await store.read(id) == bytes)
        #expect(try await store.check().issues == [])
    }

    @Test func `a pending upload without its file starts anew, and can be finished`() throws {
        let id = try pending()
        #expect(machine.files.removeBehindBack(try #require(machine.objects.first)))
        try machine.open { store in
            #expect(try await repair(store) == [.missingObject])
            #expect(try await store.record(id).session.pieces.count == 0)
            try await finish(id, store)
        }
    }

    @Test(arguments: [(0, 0), (999, 0), (1000, 1), (2500, 2), (3499, 3)])
    func `a pending upload with a short file sends again what is missing, and no more`(
        _ size: UInt64, _ kept: UInt64
    ) throws {
        let id = try pending()
        #expect(machine.files.truncateBehindBack(try #require(machine.objects.first), to: size))
        try machine.open { store in
            #expect(try await repair(store) == [.shortObject])
            #expect(try await store.record(id).session.pieces.count == kept)
            try await finish(id, store)
        }
    }

    @Test func `the repair is durable`() throws {
        let id = try pending()
        #expect(machine.files.truncateBehindBack(try #require(machine.objects.first), to: 1200))
        try machine.open { store in _ = try await repair(store) }
        machine.files.restart()
        try machine.open { store in
            #expect(try await store.check().issues == [])
            #expect(try await store.record(id).session.pieces.ranges() == [0...0])
            try await finish(id, store)
        }
    }

    @Test func `an append falls back to the block in which its file ends, since its checksum needs all bytes`() throws {
        let id = try machine.open { [bytes] store in
            let id = try await store.begin(.append, length: 3500)
            _ = try await store.uploads.append(id, at: 0, bytes[..<2000], by: SimulatedStore.anna)
            return id
        }
        #expect(machine.files.truncateBehindBack(try #require(machine.objects.first), to: 1234))
        try machine.open { [bytes] store in
            #expect(try await repair(store) == [.shortObject])
            #expect(try await store.record(id).session.offset == 0)
            _ = try await store.uploads.append(id, at: 0, bytes[...], by: SimulatedStore.anna)
            let record = try await store.uploads.commit(id, by: SimulatedStore.anna)
            #expect(record.digest == .whole(Digest(of: bytes)))
        }
    }

    @Test func `orphans and unknown files are quarantined with their bytes`() throws {
        try machine.open { store in _ = try await store.committed(content(3000)) }
        let orphan = String(repeating: "00", count: 32)
        for name in ["00/" + orphan, "01/README"] {
            let file = try machine.files.open("bytes/" + name, .readWriteCreating)
            try name.utf8.span.bytes.withUnsafeBytes { try machine.files.write(file, $0, at: 0) }
            machine.files.close(file)
        }
        #expect(try machine.open { try await repair($0) } == [.orphanObject, .unknownFile])
        #expect(machine.quarantined == ["quarantine/0-" + orphan, "quarantine/1-README"])
        #expect(machine.files.contents(of: "quarantine/1-README") == Array("01/README".utf8))
        #expect(machine.objects.count == 1)
    }

    @Test func `a file beside the shards is quarantined with its bytes`() throws {
        try machine.open { store in _ = try await store.committed(content(3000)) }
        let file = try machine.files.open("bytes/README", .readWriteCreating)
        try "read me".utf8.span.bytes.withUnsafeBytes { try machine.files.write(file, $0, at: 0) }
        machine.files.close(file)
        #expect(try machine.open { try await repair($0) } == [.unknownFile])
        #expect(machine.quarantined == ["quarantine/bytes-README"])
        #expect(machine.files.contents(of: "quarantine/bytes-README") == Array("read me".utf8))
    }

    @Test func `a committed blob that is damaged stays a finding, whatever is repaired besides`() throws {
        try machine.open { store in _ = try await store.committed(content(3000)) }
        machine.files.corrupt(try #require(machine.objects.first), at: 7)
        try machine.open { store in
            let report = try await store.check()
            #expect(try await store.repair(report) == 0)
            #expect(try await store.check().issues.map(\.kind) == [.digestMismatch])
        }
    }

    @Test func `an upload in use is repaired in memory as well`() throws {
        try machine.open { [bytes] store in
            let id = try await store.pending(bytes)
            #expect(machine.files.truncateBehindBack(try #require(machine.objects.first), to: 1000))
            #expect(try await repair(store) == [.shortObject])
            #expect(try await store.record(id).session.pieces.count == 1)
            try await finish(id, store)
        }
    }
}
