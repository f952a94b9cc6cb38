import SessionCore
import Testing
import UploadCore
import UploadMemories
import UploadTestKit

@Suite struct VerificationTests {
    private let right = Digest(of: content(25))
    private let wrong = Digest(of: content(25).inverted)

    @Test func `the digest told at the beginning is verified, also after a restart`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 25, digest: wrong)
        try await fixture.putAll(id, content(25))
        for service in [fixture.service, try fixture.reopened()] {
            await expectRefusal(with: .checksumMismatch(expected: wrong.hex, actual: right.hex)) {
                try await service.commit(id, by: fixture.ben)
            }
            await expectRefusal(.checksumMismatch) { try await service.commit(id, digest: right, by: fixture.ben) }
            #expect(try await service.sessions.get(id).session.meta.status == .pending)
        }
        try await fixture.sessions.abort(id)
        let other = try await fixture.begin(length: 25, digest: right)
        try await fixture.putAll(other, content(25))
        _ = try await fixture.service.commit(other, by: fixture.ben)
    }

    @Test func `a digest told at the finish is verified, and the right one still commits`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 25)
        try await fixture.putAll(id, content(25))
        await expectRefusal(with: .checksumMismatch(expected: wrong.hex, actual: right.hex)) {
            try await fixture.service.commit(id, digest: wrong, by: fixture.ben)
        }
        #expect(try await fixture.status(id) == .pending)
        await expectRefusal(.notFound) { try await fixture.service.blob(BlobId(id), by: fixture.ben) }
        let record = try await fixture.service.commit(id, digest: right, by: fixture.ben)
        #expect(record.digest == .whole(right))
    }

    @Test func `another length at the finish leaves the upload pending`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 25)
        try await fixture.putAll(id, content(25))
        for length in [24, 26] as [UInt64] {
            await expectRefusal(.sizeMismatch) { try await fixture.service.commit(id, length: length, by: fixture.ben) }
        }
        #expect(try await fixture.status(id) == .pending)
        _ = try await fixture.service.commit(id, length: 25, by: fixture.ben)
    }

    @Test func `bytes that vanished from the store are found before the commit`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 25)
        try await fixture.putAll(id, content(25))
        try await fixture.objects.remove([fixture.sessions.get(id).meta.key])
        await expectRefusal(.storeCorrupt) { try await fixture.service.commit(id, by: fixture.ben) }
        await expectRefusal(.storeCorrupt) { try await fixture.reopened().commit(id, by: fixture.ben) }
        #expect(try await fixture.reopened().sessions.get(id).session.meta.status == .pending)
    }

    @Test func `bytes that vanish after the commit are reported as damage, never read as others`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.commit(content(25))
        try await fixture.objects.remove([fixture.sessions.get(id).meta.key])
        await expectRefusal(.storeCorrupt) { try await fixture.read(id) }
    }

    @Test(arguments: [Storage.file, .catalogue])
    func `after a restart the bytes are hashed again, and the upload goes on and is finished`(
        _ storage: Storage
    ) async throws {
        let fixture = try await Fixture(storage)
        let bytes = content(45)
        let id = try await fixture.begin(length: 45)
        for index in [0, 1, 3] as [UInt64] {
            let chunk = bytes.chunks(of: 10)[Int(index)]
            try await fixture.service.putChunk(id, index: index, chunk, by: fixture.ben)
        }
        let second = try fixture.reopened()
        try await second.putChunk(id, index: 4, bytes[40...], by: fixture.ben)
        let third = try fixture.reopened()
        try await third.putChunk(id, index: 2, bytes[20..<30], by: fixture.ben)
        let fourth = try fixture.reopened()
        #expect(try await fourth.commit(id, by: fixture.ben).digest == .whole(Digest(of: bytes)))
    }

    @Test(arguments: 0..<24) func `the digest does not depend on the order of arrival`(_ seed: UInt64) async throws {
        let fixture = try await Fixture()
        let bytes = content(95)
        let id = try await fixture.begin(length: 95)
        var random = SeededRandom(seed: seed)
        var left = Array(0..<10)
        while !left.isEmpty {
            let index = left.remove(at: random.below(left.count))
            try await fixture.service.putChunk(id, index: UInt64(index), bytes.chunks(of: 10)[index], by: fixture.ben)
        }
        #expect(try await fixture.service.commit(id, by: fixture.ben).digest == .whole(Digest(of: bytes)))
    }

    @Test func `chunks in order are hashed as they arrive, and finishing reads nothing back`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 45)
        try await fixture.putAll(id, content(45))
        _ = try await fixture.service.commit(id, by: fixture.ben)
        #expect(fixture.hooks.count(of: .scan) == 0)
    }

    @Test func `after a restart finishing reads no byte that the hash had passed`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 45)
        let chunks = content(45).chunks(of: 10)
        for index in [0, 1, 3] {
            try await fixture.service.putChunk(id, index: UInt64(index), chunks[index], by: fixture.ben)
        }
        let second = try fixture.reopened()
        try await second.putChunk(id, index: 2, chunks[2], by: fixture.ben)
        #expect(fixture.hooks.count(of: .scan) == 1, "the chunk that had arrived before its predecessor")
        try await second.putChunk(id, index: 4, chunks[4], by: fixture.ben)
        let third = try fixture.reopened()
        #expect(try await third.commit(id, by: fixture.ben).digest == .whole(Digest(of: content(45))))
        #expect(fixture.hooks.count(of: .scan) == 1)
    }

    @Test func `an append goes on after each restart, and finishing reads nothing back`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(.append, length: 300)
        for (start, end) in [(0, 1), (1, 64), (64, 190), (190, 300)] {
            let service = try fixture.reopened()
            try await service.append(id, at: UInt64(start), content(end - start, from: start), by: fixture.ben)
        }
        #expect(try await fixture.reopened().commit(id, by: fixture.ben).digest == .whole(Digest(of: content(300))))
        #expect(fixture.hooks.count(of: .scan) == 0)
    }

    @Test func `uploads that were put out of memory meanwhile are finished all the same`() async throws {
        let fixture = try await Fixture { $0.idleUploadsMax = 1 }
        var ids: [SessionId] = []
        for _ in 0..<8 { ids.append(try await fixture.begin(length: 25)) }
        for (index, chunk) in content(25).chunks(of: 10).enumerated() {
            for id in ids { try await fixture.service.putChunk(id, index: UInt64(index), chunk, by: fixture.ben) }
        }
        for id in ids {
            #expect(try await fixture.service.commit(id, by: fixture.ben).digest == .whole(right))
        }
        #expect(fixture.hooks.count(of: .upload) > 8, "they were read again")
    }

    @Test func `what a restart finds past the end of an upload is cut off with the commit`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(.append)
        try await fixture.service.append(id, at: 0, content(5), by: fixture.ben)
        let writer = try await fixture.service.openAppend(id, at: 5, by: fixture.ben)
        try await writer.write(content(20))
        #expect(try await fixture.stored() == (1, 25))
        _ = try await fixture.reopened().commit(id, by: fixture.ben)
        #expect(try await fixture.stored() == (1, 5))
        #expect(try await fixture.read(id) == content(5))
        await writer.cancel()
    }
}
