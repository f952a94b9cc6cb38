import SessionCore
import Testing
import UploadCore
import UploadTestKit
import Wharf

/// Real threads and real files; what comes out must not depend on how they interleave.
@Suite struct RealFilesTests {
    private func withStore(
        _ durability: Durability = .powerLoss, _ body: (EmbeddedStore) async throws -> Void
    ) async throws {
        let directory = try TemporaryDirectory()
        let store = try await EmbeddedStore(directory: directory.path, durability: durability, threads: 4)
        try await body(store)
        #expect(try await store.check().issues == [])
        await store.close()
    }

    @Test(arguments: [Durability.powerLoss, .processCrash])
    func `chunks in parallel make the right whole`(_ durability: Durability) async throws {
        let bytes = content(200_500)
        try await withStore(durability) { store in
            let id = try await store.begin(length: UInt64(bytes.count))
            try await withThrowingTaskGroup { group in
                for index in (0..<201).reversed() {
                    let chunk = bytes[index * 1000..<min(index * 1000 + 1000, bytes.count)]
                    group.addTask {
                        try await store.uploads.putChunk(
                            id, index: UInt64(index), chunk, digest: Digest(of: Array(chunk)), by: EmbeddedStore.anna)
                    }
                }
                try await group.waitForAll()
            }
            let record = try await store.uploads.commit(id, by: EmbeddedStore.anna)
            #expect(record.digest == .whole(Digest(of: bytes)))
            #expect(try await store.read(id) == bytes)
        }
    }

    @Test func `many clients upload, read and abort at once`() async throws {
        try await withStore { store in
            try await withThrowingTaskGroup { group in
                for client in 0..<24 {
                    group.addTask {
                        let bytes = content(66_000 + client * 700, from: client * 1000)
                        if client % 4 == 0 {
                            let id = try await store.pending(bytes)
                            try await store.uploads.abort(id, by: EmbeddedStore.anna)
                        } else {
                            let id = try await store.committed(bytes)
                            #expect(try await store.read(id) == bytes)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await store.uploads.countBlobs() == 18)
        }
    }

    @Test(arguments: [0, 1, 65_535, 65_536, 65_537])
    func `an upload of any size around the threshold of the catalogue is read as it was sent`(
        _ size: Int
    ) async throws {
        let bytes = content(size)
        try await withStore { store in
            let chunks = try await store.committed(bytes)
            #expect(try await store.read(chunks) == bytes)
            let storage: Storage = size <= 65_536 ? .catalogue : .file
            #expect(try await store.record(chunks).meta.storage == storage)
            let append = try await store.begin(.append)
            _ = try await store.uploads.append(append, at: 0, bytes, by: EmbeddedStore.anna)
            let record = try await store.uploads.commit(append, by: EmbeddedStore.anna)
            #expect(record.digest == .whole(Digest(of: bytes)))
            #expect(try await store.read(append) == bytes)
        }
    }

    @Test func `an append that is taken over again and again loses no byte that was told`() async throws {
        let bytes = content(90_000)
        try await withStore { store in
            let id = try await store.begin(.append, length: 90_000)
            try await withThrowingTaskGroup { group in
                for _ in 0..<3 {
                    group.addTask {
                        while true {
                            let session = try await store.uploads.quiescedStatus(of: id, by: EmbeddedStore.anna).session
                            let start = Int(session.offset)
                            if start == bytes.count { return }
                            let rest = bytes[start..<min(start + 7000, bytes.count)]
                            let code = await outcome {
                                try await store.uploads.append(id, at: session.offset, rest, by: EmbeddedStore.anna)
                            }
                            #expect([nil, .superseded, .offsetMismatch].contains(code))
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await store.uploads.commit(id, by: EmbeddedStore.anna).digest == .whole(Digest(of: bytes)))
        }
    }

    @Test func `small uploads in one step, many at once`() async throws {
        try await withStore { store in
            let capsule = try await store.uploads.defaultCapsule(of: EmbeddedStore.anna).id
            try await withThrowingTaskGroup { group in
                for number in 0..<200 {
                    group.addTask {
                        let request = store.request(capsule, .append, key: "\(number % 100)")
                        let bytes = content(300 + number % 100, from: number % 100)
                        let id = try await store.uploads.putWhole(request, bytes, by: EmbeddedStore.anna).record.id
                        #expect(try await store.read(id) == bytes)
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await store.uploads.countBlobs() == 100)
        }
    }
}
