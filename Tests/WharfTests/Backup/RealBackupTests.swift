import DurableFiles
import Glibc
import SessionCore
import Testing
import UploadCore
import UploadTestKit
import Wharf

/// Backups of real files, by real threads.
@Suite struct RealBackupTests {
    private func status(_ path: String) -> stat {
        var status = stat()
        _ = stat(path, &status)
        return status
    }

    private func objects(_ directory: String) -> [String] {
        (0..<256).flatMap { shard in
            let digits = String(shard, radix: 16)
            let path = "\(directory)/bytes/\(digits.count < 2 ? "0" + digits : digits)"
            return ((try? POSIXFileSystem(root: path).list("")) ?? []).map { path + "/" + $0 }
        }
    }

    @Test(arguments: [true, false]) func `committed objects are links or copies, readable for their owner only`(
        _ linking: Bool
    ) async throws {
        let directory = try TemporaryDirectory()
        let (data, target) = (directory.path + "/data", directory.path + "/backups/wharf")
        let store = try await EmbeddedStore(directory: data, threads: 2)
        // More than one step of a copy.
        let bytes = content(9_000_000)
        let blob = try await store.begin(.append)
        _ = try await store.uploads.append(blob, at: 0, bytes, by: EmbeddedStore.anna)
        _ = try await store.uploads.commit(blob, by: EmbeddedStore.anna)
        let summary = try await store.backUp(to: target, linking: linking)
        #expect(summary.linked == (linking ? 1 : 0) && summary.copied == (linking ? 0 : 1))
        let (original, copy) = (status(objects(data)[0]), status(objects(target)[0]))
        #expect((original.st_ino == copy.st_ino) == linking)
        for name in ["catalogue.db", "BACKUP"] { #expect(status(target + "/" + name).st_mode & 0o077 == 0) }
        await store.close()
        let restored = try await EmbeddedStore(directory: target, threads: 2)
        #expect(try await restored.read(blob) == bytes)
        #expect(try await restored.check().issues == [])
        await restored.close()
    }

    @Test func `a directory in the store is refused, through links too`() async throws {
        let directory = try TemporaryDirectory()
        let data = directory.path + "/data"
        let store = try await EmbeddedStore(directory: data, threads: 2)
        try #require(symlink(data, directory.path + "/link") == 0)
        for target in [data, data + "/bytes/backup", directory.path + "/link/a/b"] {
            await expectBackupError(.unusableTarget) { try await store.backUp(to: target) }
        }
        _ = try await store.backUp(to: data + "-backup")
        await store.close()
    }

    @Test func `many clients work while backups are made one after the other`() async throws {
        let directory = try TemporaryDirectory()
        let store = try await EmbeddedStore(directory: directory.path + "/data", threads: 4)
        let target = directory.path + "/backup"
        try await withThrowingTaskGroup { group in
            for client in 0..<8 {
                group.addTask {
                    for round in 0..<12 {
                        let bytes = content(66_000 + client * 700, from: client * 1000 + round)
                        let id = try await store.committed(bytes)
                        if round % 3 == 0 { try await store.uploads.deleteBlob(BlobId(id), by: EmbeddedStore.anna) }
                    }
                }
            }
            group.addTask {
                for _ in 0..<6 { _ = try await store.backUp(to: target) }
            }
            try await group.waitForAll()
        }
        #expect(try await store.check().issues == [])
        let last = try await store.backUp(to: target)
        #expect(last.objects == 64)
        await store.close()
        let restored = try await EmbeddedStore(directory: target, threads: 4)
        #expect(restored.repairs == [])
        #expect(try await restored.check().issues == [])
        #expect(try await restored.uploads.countBlobs() == 64)
        await restored.close()
    }
}
