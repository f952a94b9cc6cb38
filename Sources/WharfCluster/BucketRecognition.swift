import BlobStorageS3
import CataloguePostgres
import UploadCore

/// Recognizes the bucket of a database: a node with another bucket or prefix would acknowledge uploads that no other node can
/// read.
///
/// The database records a mark, and the bucket has an object with the mark in its name. The object comes before the record, so
/// that a recorded mark has its object; one that is not recorded is left unused by a node that stopped in between. Of nodes that
/// start at the same time, the first to record its mark decides, and the others look for that one.
struct BucketRecognition: Sendable {
    enum Step: Hashable, Sendable {
        case look, store, record, remove, find, restore
    }

    let catalogue: CataloguePostgres
    let blobs: S3BlobStore
    /// Called before each step; tests stop there.
    var willStep: @Sendable (Step) async throws(ClusterStoreError) -> Void = { _ in }

    /// As many of the recorded segments are looked up until one is found. Keys are random: the first ones are a sample of all.
    static let lookedUpMax = 16

    /// Requires that this is the bucket of the database, and marks it if no bucket is.
    ///
    /// - Returns: What the operator should know, in words.
    /// - Throws: `objects` of kind `configuration` for another bucket.
    func requireBucket() async throws(ClusterStoreError) -> [String] {
        if let mark = try await recordedMark() {
            guard try await !isMarked(mark) else { return [] }
            try await willStep(.restore)
            try await inBucket { () async throws(UploadError) in try await blobs.store(mark) }
            return ["the bucket had lost the object \(blobs.name(of: mark)), which was stored again"]
        }
        // Of a new database, or of a release without marks.
        guard try await hasRecordedSegment() != false else {
            throw Self.otherBucket(
                "It has none of the segments that the database records", remedy: "Restore one of them")
        }
        let mark = ObjectsMark.random()
        try await willStep(.store)
        try await inBucket { () async throws(UploadError) in try await blobs.store(mark) }
        try await willStep(.record)
        let recorded = try await inCatalogue { () async throws(UploadError) in try await catalogue.record(mark) }
        if recorded == mark { return [] }
        try await willStep(.remove)
        try await inBucket { () async throws(UploadError) in try await blobs.remove(mark) }
        return try await requireBucket()
    }

    /// As `requireBucket`, and changes nothing.
    func examineBucket() async throws(ClusterStoreError) -> [String] {
        guard let mark = try await recordedMark(), try await !isMarked(mark) else { return [] }
        return ["the bucket has lost the object \(blobs.name(of: mark)); the next node to start stores it again"]
    }

    private func recordedMark() async throws(ClusterStoreError) -> ObjectsMark? {
        try await willStep(.look)
        return try await inCatalogue { () async throws(UploadError) in try await catalogue.objectsMark() }
    }

    /// Whether the bucket has its mark. One that has a recorded segment is the right one, and has lost the mark.
    ///
    /// - Throws: For a bucket with neither.
    private func isMarked(_ mark: ObjectsMark) async throws(ClusterStoreError) -> Bool {
        try await willStep(.find)
        let isMarked = try await inBucket { () async throws(UploadError) in try await blobs.has(mark) }
        if isMarked { return true }
        guard try await hasRecordedSegment() != true else { return false }
        let name = blobs.name(of: mark)
        throw Self.otherBucket(
            "It has neither the object \(name), which marks the bucket of this database, nor one of the recorded segments",
            remedy: "Store an object of that name")
    }

    /// Whether the bucket has one of the segments that the database records; nil if it records none.
    private func hasRecordedSegment() async throws(ClusterStoreError) -> Bool? {
        let recorded = try await inCatalogue { () async throws(UploadError) in
            try await catalogue.recordedSegments(after: nil, limit: Self.lookedUpMax)
        }
        if recorded.isEmpty { return nil }
        return try await inBucket { () async throws(UploadError) in
            for segment in recorded where try await blobs.size(ofSegment: segment.key) != nil { return true }
            return false
        }
    }

    private static func otherBucket(_ lack: String, remedy: String) -> ClusterStoreError {
        .objects(
            S3Error(
                .configuration,
                "\(lack): their bucket or prefix is another one. \(remedy) if it is this one, and has lost everything.")
        )
    }

    private func inCatalogue<Value: Sendable>(
        _ body: () async throws(UploadError) -> Value
    ) async throws(ClusterStoreError) -> Value {
        do throws(UploadError) {
            return try await body()
        } catch {
            throw .catalogue(error)
        }
    }

    private func inBucket<Value: Sendable>(
        _ body: () async throws(UploadError) -> Value
    ) async throws(ClusterStoreError) -> Value {
        do throws(UploadError) {
            return try await body()
        } catch {
            throw .objects(
                S3Error(
                    .unavailable, "Looking whether it is the bucket of this database failed: \(error.debugDescription)."
                ))
        }
    }
}
