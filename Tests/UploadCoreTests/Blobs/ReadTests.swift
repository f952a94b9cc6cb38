import SessionCore
import Testing
import UploadCore
import UploadTestKit

@Suite struct ReadTests {
    @Test(arguments: [Storage.file, .catalogue]) func `any range is read, and nothing but the range`(
        _ storage: Storage
    ) async throws {
        let bench = try await Bench(storage)
        let bytes = content(45)
        let id = try await bench.commit(bytes)
        for range in [0..<45, 0..<0, 45..<45, 0..<1, 44..<45, 9..<31] {
            let found = try await bench.read(id, UInt64(range.lowerBound)..<UInt64(range.upperBound))
            #expect(found == Array(bytes[range]))
        }
    }

    @Test func `a range that leaves the blob is refused`() async throws {
        let bench = try await Bench()
        let id = try await bench.commit(content(45))
        for range in [0..<46, 45..<46, 100..<200] as [Range<UInt64>] {
            await expectRefusal(.invalidArgument) { try await bench.read(id, range) }
        }
    }

    @Test func `a chunk is read by its index, the last one short`() async throws {
        let bench = try await Bench()
        let bytes = content(45)
        let id = try await bench.commit(bytes)
        for (index, chunk) in bytes.chunks(of: 10).enumerated() {
            var reader = try await bench.service.readChunk(BlobId(id), index: UInt64(index), by: bench.rita)
            #expect(try await reader.readAll() == Array(chunk))
        }
        for index in [5, .max] as [UInt64] {
            await expectRefusal(.invalidArgument) {
                try await bench.service.readChunk(BlobId(id), index: index, by: bench.ben)
            }
        }
    }

    @Test func `a blob that was appended to has no chunks`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin(.append, length: 5)
        try await bench.service.append(id, at: 0, content(5), by: bench.ben)
        _ = try await bench.service.commit(id, by: bench.ben)
        await expectRefusal(.invalidArgument) { try await bench.service.readChunk(BlobId(id), index: 0, by: bench.ben) }
    }

    @Test func `a reader hands out pieces of at most the size asked for, and then nothing`() async throws {
        let bench = try await Bench()
        let bytes = content(45)
        var reader = try await bench.service.read(BlobId(try await bench.commit(bytes)), by: bench.ben)
        var pieces: [[UInt8]] = []
        while let piece = try await reader.next(limit: 20) { pieces.append(piece) }
        #expect(pieces.map(\.count) == [20, 20, 5])
        #expect(pieces.flatMap { $0 } == bytes)
        #expect(try await reader.next() == nil)
    }

    @Test func `a range of a concatenation is read across its extents`() async throws {
        let bench = try await Bench()
        let parts = [content(11), content(7, from: 100), content(12, from: 200)]
        var ids: [SessionId] = []
        for part in parts { ids.append(try await bench.commit(part, isPartial: true)) }
        let whole = try await bench.service.concatenate(bench.request(.append), parts: ids, by: bench.ben)
        let bytes = parts.flatMap { $0 }
        for start in 0..<bytes.count {
            for end in start...bytes.count {
                let found = try await bench.read(whole.id, UInt64(start)..<UInt64(end))
                #expect(found == Array(bytes[start..<end]))
            }
        }
    }

    @Test func `a blob tells what it is`() async throws {
        let bench = try await Bench()
        let id = try await bench.commit(content(45))
        let blob = try await bench.service.blob(BlobId(id), by: bench.rita)
        #expect(blob.size == 45 && blob.chunkSize == 10 && blob.capsule == bench.capsule)
        #expect(blob.digest == .whole(Digest(of: content(45))))
        #expect(blob.asset == AssetMetadata(name: "photo.jpg", contentType: "image/jpeg"))
        #expect(blob.extents.map(\.source) == [id])
    }
}

@Suite struct DeleteBlobTests {
    @Test(arguments: [Storage.file, .catalogue]) func `a deleted blob is gone with its bytes, for good`(
        _ storage: Storage
    ) async throws {
        let bench = try await Bench(storage)
        let id = try await bench.commit(content(25))
        try await bench.service.deleteBlob(BlobId(id), by: bench.ben)
        await expectRefusal(with: .notFound(.blob)) { try await bench.read(id) }
        await expectRefusal(with: .notFound(.blob)) { try await bench.service.deleteBlob(BlobId(id), by: bench.ben) }
        await expectRefusal(.gone) { try await bench.service.commit(id, by: bench.ben) }
        #expect(try await bench.stored() == (0, 0))
        #expect(try await bench.service.countBlobs() == 0)
    }

    @Test func `a blob that a memory uses is kept`() async throws {
        let bench = try await Bench()
        let id = try await bench.commit(content(25))
        let memory = try await bench.service.createMemory(
            in: bench.capsule, MemoryDetails(), assets: [AssetDraft(kind: .original, content: .blob(BlobId(id)))],
            by: bench.ben)
        await expectRefusal(.inUse) { try await bench.service.deleteBlob(BlobId(id), by: bench.ben) }
        #expect(try await bench.read(id) == content(25))
        try await bench.service.deleteMemory(memory.id, by: bench.ben)
        try await bench.service.deleteBlob(BlobId(id), by: bench.ben)
    }

    @Test func `what is no blob is not deleted as one`() async throws {
        let bench = try await Bench()
        let pending = try await bench.begin(length: 25)
        let part = try await bench.commit(content(25), isPartial: true)
        for id in [pending, part, SessionId(high: 1, low: 1)] {
            await expectRefusal(with: .notFound(.blob)) {
                try await bench.service.deleteBlob(BlobId(id), by: bench.ben)
            }
        }
    }

    @Test func `bytes that the disk does not free at once are freed by the next sweep`() async throws {
        let bench = try await Bench()
        let id = try await bench.commit(content(25))
        bench.hooks.failNext(.removeObjects)
        try await bench.service.deleteBlob(BlobId(id), by: bench.ben)
        #expect(try await bench.stored().count == 1)
        try await bench.sessions.cleanupExpiredSessions()
        #expect(try await bench.stored().count == 0)
    }

    @Test func `a reader that was open when the blob was deleted reads the right bytes or none`() async throws {
        let bench = try await Bench()
        let id = try await bench.commit(content(25))
        var reader = try await bench.service.read(BlobId(id), by: bench.ben)
        #expect(try await reader.next(limit: 10) == content(10))
        try await bench.service.deleteBlob(BlobId(id), by: bench.ben)
        await expectRefusal(.storeCorrupt) { try await reader.next(limit: 10) }
    }
}
