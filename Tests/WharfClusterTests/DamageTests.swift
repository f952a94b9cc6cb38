import BlobStorage
import CatalogueSQLite
import Glibc
import SessionCore
import Synchronization
import Testing
import UploadCore
import UploadTestKit
import Wharf

@testable import WharfCluster

/// Bytes of the store that are lost or wrong.
@Suite struct MigrationDamageTests {
    private func path(of id: SessionId, _ fixture: MigrationFixture) async throws -> String {
        try await fixture.withStore { store in
            let record = try await store.uploads.sessions.get(id)
            return fixture.directory.path + "/" + store.uploads.sessions.blobs.path(of: record.meta.key)
        }
    }

    private func flip(_ path: String, at offset: Int) throws {
        let file = try #require(fopen(path, "r+"))
        defer { fclose(file) }
        fseek(file, offset, SEEK_SET)
        let byte = fgetc(file)
        fseek(file, offset, SEEK_SET)
        fputc(byte ^ 1, file)
    }

    @Test func `a damaged blob is reported, and all others are moved`() async throws {
        try await MigrationFixture.with { fixture in
            let blob = fixture.full.blob
            let path = try await path(of: blob, fixture)
            try flip(path, at: 400_000)
            let report = try await fixture.migrate()
            #expect(report.damaged.map(\.upload) == [blob])
            #expect(!report.isFinished)
            let all = try await fixture.withStore {
                try await $0.uploads.sessions.catalogue.countMovedObjects().objects
            }
            #expect(report.objects == all - 1)
            // Nothing of it is left.
            let query = "SELECT count(*) FROM receipts WHERE upload = (SELECT seq FROM uploads WHERE id = "
            #expect(try await fixture.sql(query + "'\\x\(blob.text)')") == ["0"])

            // Repaired, it is the only one that is copied.
            try flip(path, at: 400_000)
            let again = try await fixture.migrate()
            #expect(again.isFinished && again.damaged == [] && again.objectsCopied == 1)
            try await fixture.requireSame()
        }
    }

    @Test func `with the damage accepted, the blob stays in the lists without its bytes`() async throws {
        try await MigrationFixture.with { fixture in
            let full = fixture.full
            #expect(unlink(try await path(of: full.blob, fixture)) == 0)
            try flip(try await path(of: full.gapped, fixture), at: 10)
            try flip(try await path(of: full.appended, fixture), at: 123_000)
            let report = try await fixture.migrate { $0.acceptsDamage = true }
            #expect(report.isFinished)
            #expect(Set(report.damaged.map(\.upload)) == [full.blob, full.gapped, full.appended])
            try await fixture.withCluster { cluster in
                let uploads = cluster.uploads
                #expect(try await uploads.summary(of: BlobId(full.blob), by: FullStore.anna).size == 700_000)
                await #expect(throws: UploadError.self) {
                    var reader = try await uploads.read(BlobId(full.blob), by: FullStore.anna)
                    _ = try await reader.readAll()
                }
                // The pending uploads begin again, and can be finished.
                let status = try await uploads.status(of: full.gapped, by: FullStore.anna)
                #expect(status.session.pieces.count == 0)
                for index in 0..<4 {
                    let end = min((index + 1) * FullStore.chunk, FullStore.gappedContent.count)
                    try await uploads.putChunk(
                        full.gapped, index: UInt64(index), FullStore.gappedContent[index * FullStore.chunk..<end],
                        by: FullStore.anna)
                }
                #expect(try await uploads.quiescedStatus(of: full.appended, by: FullStore.anna).session.offset == 0)
                try await uploads.append(full.appended, at: 0, FullStore.appendedContent, by: FullStore.anna)
                let length = UInt64(FullStore.appendedContent.count)
                _ = try await uploads.commit(
                    full.appended, digest: Digest(of: FullStore.appendedContent), length: length, by: FullStore.anna)
                let digest = Digest(of: FullStore.gappedContent)
                #expect(try await uploads.commit(full.gapped, by: FullStore.anna).digest == .whole(digest))
            }
        }
    }

    @Test func `a file that cannot be read now is not damaged, and its copy goes on later`() async throws {
        try await MigrationFixture.with { fixture in
            let full = fixture.full
            let steps = Mutex(0)
            await #expect(throws: MigrationError.cancelled) {
                _ = try await fixture.migrate(stops: { _, step in
                    guard step == .bytes(of: full.blob) else { return false }
                    return steps.withLock { steps in
                        steps += 1
                        return steps == 3
                    }
                })
            }
            // A directory can be opened and not be read.
            let path = try await path(of: full.blob, fixture)
            #expect(rename(path, path + ".away") == 0)
            #expect(mkdir(path, 0o700) == 0)
            let report = try await fixture.migrate { $0.acceptsDamage = true }
            #expect(!report.isFinished && report.damaged == [])
            #expect(report.unreadable.map(\.upload) == [full.blob])
            let query = "SELECT max(through) FROM wharf_migration_objects WHERE NOT is_complete"
            #expect(try await fixture.sql(query) == ["200006"])

            #expect(rmdir(path) == 0)
            #expect(rename(path + ".away", path) == 0)
            let again = try await fixture.migrate()
            #expect(again.isFinished && again.unreadable == [])
            try await fixture.requireSame()
        }
    }

    @Test func `an object that the bucket has lost is found by a verification, and copied again`() async throws {
        try await MigrationFixture.with { fixture in
            let isLost = Atomic(false)
            let report = try await fixture.migrate({ ($0.verifies, $0.acceptsDamage) = (true, true) }) { _, step in
                if case .verify = step, !isLost.exchange(true, ordering: .relaxed) {
                    fixture.fake.change { state in
                        for name in state.objects.keys.sorted().prefix(2) { state.objects[name] = nil }
                    }
                }
                return false
            }
            #expect(!report.isFinished && report.objectsVerified < report.objects)
            // The bucket's fault is not one of the store, which nobody may accept.
            #expect(report.damaged == [] && !report.wrongInBucket.isEmpty)
            let again = try await fixture.migrate { $0.verifies = true }
            #expect(again.isFinished && again.objectsCopied == report.wrongInBucket.count)
            try await fixture.requireSame()
        }
    }
}
