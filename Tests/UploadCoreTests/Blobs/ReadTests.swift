import SessionCore
import Testing
import UploadCore
import UploadMemories
import UploadTestKit

@Suite struct ReadTests {
    @Test(arguments: [Storage.file, .catalogue]) func `any range is read, and nothing but the range`(
        _ storage: Storage
    ) async throws {
        let fixture = try await Fixture(storage)
        let bytes = content(45)
        let id = try await fixture.commit(bytes)
        for range in [0..<45, 0..<0, 45..<45, 0..<1, 44..<45, 9..<31] {
            let found = try await fixture.read(id, UInt64(range.lowerBound)..<UInt64(range.upperBound))
            #expect(found == Array(bytes[range]))
        }
    }

    @Test func `a range that leaves the blob is refused`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.commit(content(45))
        for range in [0..<46, 45..<46, 100..<200] as [Range<UInt64>] {
            await expectRefusal(.invalidArgument) { try await fixture.read(id, range) }
        }
    }

    @Test func `a chunk is read by its index, the last one short`() async throws {
        let fixture = try await Fixture()
        let bytes = content(45)
        let id = try await fixture.commit(bytes)
        for (index, chunk) in bytes.chunks(of: 10).enumerated() {
            var reader = try await fixture.service.readChunk(BlobId(id), index: UInt64(index), by: fixture.rita)
            #expect(try await reader.readAll() == Array(chunk))
        }
        for index in [5, .max] as [UInt64] {
            await expectRefusal(.invalidArgument) {
                try await fixture.service.readChunk(BlobId(id), index: index, by: fixture.ben)
            }
        }
    }

    @Test func `a blob that was appended to has no chunks`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(.append, length: 5)
        try await fixture.service.append(id, at: 0, content(5), by: fixture.ben)
        _ = try await fixture.service.commit(id, by: fixture.ben)
        await expectRefusal(.invalidArgument) {
            try await fixture.service.readChunk(BlobId(id), index: 0, by: fixture.ben)
        }
    }

    @Test func `a reader hands out pieces of at most the size asked for, and then nothing`() async throws {
        let fixture = try await Fixture()
        let bytes = content(45)
        var reader = try await fixture.service.read(BlobId(try await fixture.commit(bytes)), by: fixture.ben)
        var pieces: [[UInt8]] = []
        while let piece = try await reader.next(limit: 20) { pieces.append(piece) }
        #expect(pieces.map(\.count) == [20, 20, 5])
        #expect(pieces.flatMap { $0 } == bytes)
        #expect(try await reader.next() == nil)
    }

    @Test func `a range of a concatenation is read across its extents`() async throws {
        let fixture = try await Fixture()
        let parts = [content(11), content(7, from: 100), content(12, from: 200)]
        var ids: [SessionId] = []
        for part in parts { ids.append(try await fixture.commit(part, isPartial: true)) }
        let whole = try await fixture.service.concatenate(fixture.request(.append), parts: ids, by: fixture.ben)
        let bytes = parts.flatMap { $0 }
        for start in 0..<bytes.count {
            for end in start...bytes.count {
                let found = try await fixture.read(whole.id, UInt64(start)..<UInt64(end))
                #expect(found == Array(bytes[start..<end]))
            }
        }
    }

    @Test func `a blob tells what it is`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.commit(content(45))
        let blob = try await fixture.service.blob(BlobId(id), by: fixture.rita)
        #expect(blob.size == 45 && blob.chunkSize == 10 && blob.capsule == fixture.capsule)
        #expect(blob.digest == .whole(Digest(of: content(45))))
        #expect(blob.asset == AssetMetadata(name: "photo.jpg", contentType: "image/jpeg"))
        #expect(blob.extents.map(\.source) == [id])
    }
}

@Suite struct DeleteBlobTests {
    @Test(arguments: [Storage.file, .catalogue]) func `a deleted blob is gone with its bytes, for good`(
        _ storage: Storage
    ) async throws {
        let fixture = try await Fixture(storage)
        let id = try await fixture.commit(content(25))
        try await fixture.service.deleteBlob(BlobId(id), by: fixture.ben)
        await expectRefusal(with: .notFound(.blob)) { try await fixture.read(id) }
        await expectRefusal(with: .notFound(.blob)) {
            try await fixture.service.deleteBlob(BlobId(id), by: fixture.ben)
        }
        await expectRefusal(.gone) { try await fixture.service.commit(id, by: fixture.ben) }
        #expect(try await fixture.stored() == (0, 0))
        #expect(try await fixture.service.countBlobs() == 0)
    }

    @Test func `a blob that a memory uses is kept`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.commit(content(25))
        let memory = try await fixture.service.createMemory(
            in: fixture.capsule, MemoryDetails(), assets: [AssetDraft(kind: .original, content: .blob(BlobId(id)))],
            by: fixture.ben)
        await expectRefusal(.inUse) { try await fixture.service.deleteBlob(BlobId(id), by: fixture.ben) }
        #expect(try await fixture.read(id) == content(25))
        try await fixture.service.deleteMemory(memory.id, by: fixture.ben)
        try await fixture.service.deleteBlob(BlobId(id), by: fixture.ben)
    }

    @Test func `what is no blob is not deleted as one`() async throws {
        let fixture = try await Fixture()
        let pending = try await fixture.begin(length: 25)
        let part = try await fixture.commit(content(25), isPartial: true)
        for id in [pending, part, SessionId(high: 1, low: 1)] {
            await expectRefusal(with: .notFound(.blob)) {
                try await fixture.service.deleteBlob(BlobId(id), by: fixture.ben)
            }
        }
    }

    @Test func `bytes that the disk does not free at once are freed by the next sweep`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.commit(content(25))
        fixture.hooks.failNext(.removeObjects)
        try await fixture.service.deleteBlob(BlobId(id), by: fixture.ben)
        #expect(try await fixture.stored().count == 1)
        try await fixture.sessions.cleanupExpiredSessions()
        #expect(try await fixture.stored().count == 0)
    }

    @Test func `a reader that was open when the blob was deleted reads the right bytes or none`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.commit(content(25))
        var reader = try await fixture.service.read(BlobId(id), by: fixture.ben)
        #expect(try await reader.next(limit: 10) == content(10))
        try await fixture.service.deleteBlob(BlobId(id), by: fixture.ben)
        await expectRefusal(.storeCorrupt) { try await reader.next(limit: 10) }
    }
}
