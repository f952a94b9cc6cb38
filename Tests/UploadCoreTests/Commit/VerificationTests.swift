import SessionCore
import Testing
import UploadCore
import UploadTestKit

@Suite struct VerificationTests {
    private let right = Digest(of: content(25))
    private let wrong = Digest(of: content(25).inverted)

    @Test func `the digest told at the beginning is verified, also after a restart`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin(length: 25, digest: wrong)
        try await bench.putAll(id, content(25))
        for service in [bench.service, try bench.reopened()] {
            await expectRefusal(with: .checksumMismatch(expected: wrong.hex, actual: right.hex)) {
                try await service.commit(id, by: bench.ben)
            }
            await expectRefusal(.checksumMismatch) { try await service.commit(id, digest: right, by: bench.ben) }
            #expect(try await service.sessions.get(id).session.meta.status == .pending)
        }
        try await bench.sessions.abort(id)
        let other = try await bench.begin(length: 25, digest: right)
        try await bench.putAll(other, content(25))
        _ = try await bench.service.commit(other, by: bench.ben)
    }

    @Test func `a digest told at the finish is verified, and the right one still commits`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin(length: 25)
        try await bench.putAll(id, content(25))
        await expectRefusal(with: .checksumMismatch(expected: wrong.hex, actual: right.hex)) {
            try await bench.service.commit(id, digest: wrong, by: bench.ben)
        }
        #expect(try await bench.status(id) == .pending)
        await expectRefusal(.notFound) { try await bench.service.blob(BlobId(id), by: bench.ben) }
        let record = try await bench.service.commit(id, digest: right, by: bench.ben)
        #expect(record.digest == .whole(right))
    }

    @Test func `another length at the finish leaves the upload pending`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin(length: 25)
        try await bench.putAll(id, content(25))
        for length in [24, 26] as [UInt64] {
            await expectRefusal(.sizeMismatch) { try await bench.service.commit(id, length: length, by: bench.ben) }
        }
        #expect(try await bench.status(id) == .pending)
        _ = try await bench.service.commit(id, length: 25, by: bench.ben)
    }

    @Test func `bytes that vanished from the store are found before the commit`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin(length: 25)
        try await bench.putAll(id, content(25))
        try await bench.objects.remove([bench.sessions.get(id).meta.key])
        await expectRefusal(.storeCorrupt) { try await bench.service.commit(id, by: bench.ben) }
        await expectRefusal(.storeCorrupt) { try await bench.reopened().commit(id, by: bench.ben) }
        #expect(try await bench.reopened().sessions.get(id).session.meta.status == .pending)
    }

    @Test func `bytes that vanish after the commit are reported as damage, never read as others`() async throws {
        let bench = try await Bench()
        let id = try await bench.commit(content(25))
        try await bench.objects.remove([bench.sessions.get(id).meta.key])
        await expectRefusal(.storeCorrupt) { try await bench.read(id) }
    }

    @Test(arguments: [Storage.file, .catalogue])
    func `after a restart the bytes are hashed again, and the upload goes on and is finished`(
        _ storage: Storage
    ) async throws {
        let bench = try await Bench(storage)
        let bytes = content(45)
        let id = try await bench.begin(length: 45)
        for index in [0, 1, 3] as [UInt64] {
            let chunk = bytes.chunks(of: 10)[Int(index)]
            try await bench.service.putChunk(id, index: index, chunk, by: bench.ben)
        }
        let second = try bench.reopened()
        try await second.putChunk(id, index: 4, bytes[40...], by: bench.ben)
        let third = try bench.reopened()
        try await third.putChunk(id, index: 2, bytes[20..<30], by: bench.ben)
        let fourth = try bench.reopened()
        #expect(try await fourth.commit(id, by: bench.ben).digest == .whole(Digest(of: bytes)))
    }

    @Test(arguments: 0..<24) func `the digest does not depend on the order of arrival`(_ seed: UInt64) async throws {
        let bench = try await Bench()
        let bytes = content(95)
        let id = try await bench.begin(length: 95)
        var random = SeededRandom(seed: seed)
        var left = Array(0..<10)
        while !left.isEmpty {
            let index = left.remove(at: random.below(left.count))
            try await bench.service.putChunk(id, index: UInt64(index), bytes.chunks(of: 10)[index], by: bench.ben)
        }
        #expect(try await bench.service.commit(id, by: bench.ben).digest == .whole(Digest(of: bytes)))
    }

    @Test func `chunks in order are hashed as they arrive, and finishing reads nothing back`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin(length: 45)
        try await bench.putAll(id, content(45))
        _ = try await bench.service.commit(id, by: bench.ben)
        #expect(bench.hooks.count(of: .scan) == 0)
    }

    @Test func `uploads that were put out of memory meanwhile are finished all the same`() async throws {
        let bench = try await Bench { $0.idleUploadsMax = 1 }
        var ids: [SessionId] = []
        for _ in 0..<8 { ids.append(try await bench.begin(length: 25)) }
        for (index, chunk) in content(25).chunks(of: 10).enumerated() {
            for id in ids { try await bench.service.putChunk(id, index: UInt64(index), chunk, by: bench.ben) }
        }
        for id in ids {
            #expect(try await bench.service.commit(id, by: bench.ben).digest == .whole(right))
        }
        #expect(bench.hooks.count(of: .upload) > 8, "they were read again")
    }

    @Test func `what a restart finds past the end of an upload is cut off with the commit`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin(.append)
        try await bench.service.append(id, at: 0, content(5), by: bench.ben)
        let writer = try await bench.service.openAppend(id, at: 5, by: bench.ben)
        try await writer.write(content(20))
        #expect(try await bench.stored() == (1, 25))
        _ = try await bench.reopened().commit(id, by: bench.ben)
        #expect(try await bench.stored() == (1, 5))
        #expect(try await bench.read(id) == content(5))
    }
}
