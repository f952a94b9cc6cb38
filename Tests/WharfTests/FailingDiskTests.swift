import DurableFiles
import SessionCore
import Testing
import UploadCore
import UploadSimulation
import UploadTestKit
import Wharf

/// A disk that is full or fails, under the whole store: nothing acknowledged is lost, and the same session goes on.
@Suite struct FailingDiskTests {
    @Test(arguments: 0..<8) func `a new store that opens has a write-ahead log, whichever sync fails`(_ skipping: Int)
        throws
    {
        let machine = Machine()
        machine.files.failNext(.syncData, .io, pathPrefix: "catalogue.db", skipping: skipping)
        for _ in 0..<2 {
            _ = try? machine.open { store async throws in
                _ = try await store.committed(content(3000))
                #expect(machine.files.files().contains { $0.path == "catalogue.db-wal" })
            }
        }
        #expect(machine.files.files().contains { $0.path == "catalogue.db" })
    }

    @Test(arguments: [SimulatedCall.open, .size])
    func `a catalogue that cannot be looked at is not taken for a lost one`(_ call: SimulatedCall) throws {
        let machine = Machine()
        let blob = try machine.open { try await $0.committed(content(3000)) }
        machine.files.failNext(call, .io, pathPrefix: "catalogue.db")
        let error = #expect(throws: UploadError.self) { try machine.open { _ in } }
        #expect(error?.code == .unavailable)
        #expect(try machine.open { try await $0.read(blob) } == content(3000))
    }

    private let bytes = content(3500)

    @Test func `on a full disk nothing is lost, and with room the same upload goes on`() throws {
        let machine = Machine()
        let id = try machine.open { [bytes] store in
            let id = try await store.begin(length: 3500)
            try await store.uploads.putChunk(id, index: 1, bytes[1000..<2000], by: SimulatedStore.anna)
            machine.files.setFull(true)
            for _ in 0..<3 {
                await expectRefusal(.storeFull) {
                    try await store.uploads.putChunk(id, index: 2, bytes[2000..<3000], by: SimulatedStore.anna)
                }
            }
            #expect(try await store.record(id).session.pieces.ranges() == [1...1])
            machine.files.setFull(false)
            try await store.sendMissing(id, bytes)
            _ = try await store.uploads.commit(id, digest: Digest(of: bytes), by: SimulatedStore.anna)
            return id
        }
        machine.files.restart()
        try machine.open { [bytes] store async throws in
            #expect(try await store.read(id) == bytes)
            #expect(try await store.check().issues == [])
        }
    }

    /// A disk on which an upload of a megabyte is pending, and another one of 600 kB has just run into the end.
    private func fillDisk(_ machine: Machine, _ store: SimulatedStore) async throws -> (old: SessionId, new: SessionId)
    {
        let old = try await store.begin(.chunks(size: 100_000), length: 1_000_000)
        try await store.sendMissing(old, content(1_000_000))
        machine.files.setCapacity(machine.files.usedBytes + 300_000)
        let new = try await store.begin(.chunks(size: 100_000), length: 600_000)
        await expectRefusal(.storeFull) { try await store.sendMissing(new, content(600_000)) }
        return (old, new)
    }

    @Test func `on a full disk what was committed is read, and what is pending is known`() throws {
        let machine = Machine()
        try machine.open { [bytes] store in
            let blob = try await store.committed(bytes)
            let uploads = try await fillDisk(machine, store)
            #expect(try await store.read(blob) == bytes)
            #expect(try await store.record(uploads.old).session.isComplete)
            #expect(try await store.uploads.status(of: uploads.new, by: SimulatedStore.anna).session.pieces.count > 0)
            #expect(try await store.check().issues == [])
        }
    }

    @Test func `on a full disk an abort makes room, and the upload that had none goes on`() throws {
        let machine = Machine()
        try machine.open { store in
            let uploads = try await fillDisk(machine, store)
            try await store.uploads.abort(uploads.old, by: SimulatedStore.anna)
            try await store.sendMissing(uploads.new, content(600_000))
            _ = try await store.uploads.commit(uploads.new, by: SimulatedStore.anna)
            #expect(try await store.check().issues == [])
        }
    }

    private static let faults: [(SimulatedCall, String)] = [
        (.write, "bytes"), (.syncData, "bytes"), (.open, "bytes"), (.syncDirectory, "bytes"), (.truncate, "bytes"),
        (.write, "catalogue"), (.syncData, "catalogue"), (.read, "bytes"), (.size, "bytes"),
    ]

    @Test(arguments: faults.indices, [FileError.Code.io, .noSpace])
    func `a call that fails once, anywhere in an upload, costs a repetition and nothing else`(
        _ number: Int, _ code: FileError.Code
    ) throws {
        let (call, prefix) = Self.faults[number]
        for skipping in 0..<8 {
            let machine = Machine(seed: UInt64(skipping))
            try machine.open { [bytes] store in
                _ = try await store.uploads.defaultCapsule(of: SimulatedStore.anna)
                machine.files.failNext(call, code, pathPrefix: prefix, skipping: skipping)
                let id = try await Self.untilDone { try await store.begin(length: 3500, key: "k") }
                try await Self.untilDone { try await store.sendMissing(id, bytes) }
                try await Self.untilDone {
                    _ = try await store.uploads.commit(id, digest: Digest(of: bytes), by: SimulatedStore.anna)
                }
                machine.files.cancelInjectedFailures()
                #expect(try await store.read(id) == bytes)
                #expect(try await store.uploads.sessions.totalSessionCount() == 1)
                machine.files.crashNow()
            }
            machine.files.restart()
            try machine.open { [bytes] store in
                #expect(try await store.check().issues == [])
                let id = try await store.begin(length: 3500, key: "k")
                #expect(try await store.read(id) == bytes)
            }
        }
    }

    /// The calls of the file system by which an append of 3500 bytes is written, 1000 at a time.
    struct AppendCalls: Sendable {
        let call: SimulatedCall
        let count: Int
        let perWrite: Int
        let pieceBytes: Int
    }

    /// With each piece a call: 1000 bytes are one, or four. Of the writes that write sectors directly, the last has none.
    @Test(
        arguments: [FileError.Code.io, .noSpace],
        [
            AppendCalls(call: .write, count: 4, perWrite: 1, pieceBytes: 1000),
            AppendCalls(call: .write, count: 14, perWrite: 4, pieceBytes: 300),
            AppendCalls(call: .writeDirect, count: 3, perWrite: 1, pieceBytes: 1000),
        ])
    func `an append whose write fails keeps what came before, and ends with the right digest`(
        _ code: FileError.Code, _ calls: AppendCalls
    ) throws {
        for failing in 0..<calls.count {
            let machine = Machine(seed: UInt64(failing), writesDirectly: calls.call == .writeDirect)
            try machine.open { [bytes] store in
                let id = try await store.begin(.append, length: 3500)
                let writer = try await store.uploads.openAppend(id, at: 0, by: SimulatedStore.anna)
                machine.files.failNext(calls.call, code, pathPrefix: "bytes", skipping: failing)
                var offset = 0
                for start in stride(from: 0, to: 3500, by: 1000) {
                    let piece = bytes[start..<min(start + 1000, 3500)]
                    let pieces = PiecedBytes(bytes: piece, pieceBytes: calls.pieceBytes)
                    guard await outcome({ try await writer.write(pieces) }) == nil else { break }
                    offset += piece.count
                }
                await writer.cancel()
                #expect(offset == failing / calls.perWrite * 1000, "the write failed where it should")
                #expect(try await store.record(id).session.offset == UInt64(offset))
                _ = try await store.uploads.append(
                    id, at: UInt64(offset), bytes[offset...], by: SimulatedStore.anna)
                let record = try await store.uploads.commit(id, by: SimulatedStore.anna)
                #expect(record.digest == .whole(Digest(of: bytes)))
                #expect(try await store.check().issues == [])
            }
        }
    }

    @Test func `a repeated chunk does not match an object that was cut short`() throws {
        let machine = Machine()
        try machine.open { [bytes] store in
            let id = try await store.pending(bytes)
            #expect(machine.files.truncateBehindBack(try #require(machine.objects.first), to: 3499))
            await expectRefusal(.chunkConflict) {
                try await store.uploads.putChunk(id, index: 3, bytes[3000...], by: SimulatedStore.anna)
            }
            try await store.uploads.putChunk(id, index: 2, bytes[2000..<3000], by: SimulatedStore.anna)
        }
    }

    /// Repeats what the disk did not let through, as a client does.
    private static func untilDone<Value>(_ body: () async throws -> Value) async throws -> Value {
        for _ in 0..<3 {
            do {
                return try await body()
            } catch let error as UploadError where error.code == .unavailable || error.code == .storeFull {
                continue
            }
        }
        return try await body()
    }

    @Test func `a store that finds no room to open is refused, and opens once there is`() throws {
        let machine = Machine()
        machine.files.setFull(true)
        let error = #expect(throws: UploadError.self) { try machine.open { _ in } }
        #expect([.storeFull, .unavailable].contains(error?.code))
        machine.files.setFull(false)
        #expect(try machine.open { try await $0.check().isClean })
    }

    @Test func `an opening that fails at any call leaves the store free, and the next one succeeds`() throws {
        let machine = Machine()
        let id = try machine.open { [bytes] store in try await store.committed(bytes) }
        for call in SimulatedCall.allCases where call != .close {
            for skipping in 0..<4 {
                machine.files.failNext(call, .io, skipping: skipping)
                _ = try? machine.open { _ in }
                machine.files.cancelInjectedFailures()
                #expect(try machine.open { try await $0.read(id) } == bytes)
            }
        }
    }

    @Test func `the lock of a store is free after a crash, and held before`() throws {
        let machine = Machine()
        try machine.open { _ in
            let error = #expect(throws: UploadError.self) { try machine.open { _ in } }
            #expect(error?.code == .storeLocked)
            machine.files.crashNow()
        }
        machine.files.restart()
        try machine.open { _ in }
    }
}

/// Bytes that a writer gets a piece at a time.
private struct PiecedBytes: BorrowedBytes {
    let bytes: ArraySlice<UInt8>
    let pieceBytes: Int

    var count: Int { bytes.count }

    func withBytes<Value, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        try bytes.withBytes(body)
    }

    func forEachPiece(
        alignedTo offset: UInt64, _ visit: (UnsafeRawBufferPointer) throws(UploadError) -> Void
    ) throws(UploadError) {
        for start in stride(from: bytes.startIndex, to: bytes.endIndex, by: pieceBytes) {
            try bytes[start..<min(start + pieceBytes, bytes.endIndex)].withBytes(visit)
        }
    }
}
