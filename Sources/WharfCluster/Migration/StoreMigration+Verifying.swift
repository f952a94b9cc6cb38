import BlobStorage
import BlobStorageS3
import CatalogueRows
import CatalogueSQLite
import SessionCore
import UploadCore
import Wharf

extension StoreMigration {
    /// Reads an object in the bucket. One that is not as it has to be is copied once more by the next call.
    ///
    /// - Returns: The problem; nil if there is none.
    func verify(_ object: MovedObject) async throws(MigrationError) -> String? {
        guard let problem = try await problem(of: object) else { return nil }
        try await discard(object)
        return problem
    }

    private func problem(of object: MovedObject) async throws(MigrationError) -> String? {
        let expected: Digest
        var ranges: [Range<UInt64>]
        switch object.content {
        case .whole(let length, let digest):
            (expected, ranges) = (digest, [0..<length])
        case .durable:
            let record = try await migrating(MigrationError.store) { () async throws(UploadError) in
                try await source.upload(object.upload)
            }
            ranges = record?.session.durableRanges ?? []
            let durable = ranges
            expected = try await migrating(MigrationError.store) { () async throws(UploadError) in
                try await digest(of: object.key, durable, in: store.uploads.sessions.blobs)
            }
        }
        ranges.removeAll { $0.isEmpty }
        do throws(UploadError) {
            let found = try await digest(of: object.key, ranges, in: blobs)
            update { $0.verified += 1 }
            return found == expected ? nil : "its bytes in the bucket have another digest"
        } catch {
            guard error.code == .storeCorrupt else { throw Task.isCancelled ? .cancelled : .objects(error) }
            return "its bytes in the bucket cannot be read: \(error.debugDescription)"
        }
    }

    private func digest<Blobs: BlobStore>(
        of key: ObjectKey, _ ranges: [Range<UInt64>], in blobs: Blobs
    ) async throws(UploadError) -> Digest {
        let hash = RunningHash()
        for range in ranges { try await blobs.scan(key, range) { hash.update($0) } }
        return hash.digest
    }
}
