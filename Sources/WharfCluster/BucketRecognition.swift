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

    /// As many of the recorded segments are looked up. Keys are random: the first ones are a sample of all.
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
        try await requireUnmarked()
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
        guard let mark = try await recordedMark() else {
            try await requireUnmarked()
            return []
        }
        guard try await !isMarked(mark) else { return [] }
        return ["the bucket has lost the object \(blobs.name(of: mark)); the next node to start stores it again"]
    }

    /// Requires that the bucket has the mark, if one is recorded, and changes nothing.
    func requireMark() async throws(ClusterStoreError) {
        if let mark = try await recordedMark() { _ = try await isMarked(mark) }
    }

    private func recordedMark() async throws(ClusterStoreError) -> ObjectsMark? {
        try await willStep(.look)
        return try await inCatalogue { () async throws(UploadError) in try await catalogue.objectsMark() }
    }

    /// Whether the bucket has its mark. One that has all recorded segments which are looked up is the right one, and has lost the
    /// mark. Some of them are not enough: two buckets have some each, where nodes of a release without marks used both.
    ///
    /// - Throws: For a bucket without the mark, and without some of the segments.
    private func isMarked(_ mark: ObjectsMark) async throws(ClusterStoreError) -> Bool {
        try await willStep(.find)
        let isMarked = try await inBucket { () async throws(UploadError) in try await blobs.has(mark) }
        if isMarked { return true }
        let segments = try await lookedUpSegments()
        if !segments.isEmpty, segments.allSatisfy(\.isFound) { return false }
        throw Self.otherBucket("the object \(blobs.name(of: mark)), which marks the bucket of this database")
    }

    /// Requires one of the recorded segments, if there are any: the database is new, or of a release without marks.
    private func requireUnmarked() async throws(ClusterStoreError) {
        let segments = try await lookedUpSegments()
        guard let first = segments.first, !segments.contains(where: \.isFound) else { return }
        throw Self.otherBucket("any of the segments that the database records, such as \(first.name)")
    }

    /// The first of the segments that the database records.
    private func lookedUpSegments() async throws(ClusterStoreError) -> [(name: String, isFound: Bool)] {
        let recorded = try await inCatalogue { () async throws(UploadError) in
            try await catalogue.recordedSegments(after: nil, limit: Self.lookedUpMax)
        }
        return try await inBucket { () async throws(UploadError) in
            var segments: [(name: String, isFound: Bool)] = []
            for segment in recorded {
                let isFound = try await blobs.size(ofSegment: segment.key) != nil
                segments.append((blobs.name(ofSegment: segment.key), isFound))
            }
            return segments
        }
    }

    private static func otherBucket(_ lacking: String) -> ClusterStoreError {
        .objects(
            S3Error(
                .configuration,
                "The bucket lacks \(lacking): the store is in another bucket, or below another prefix. If this bucket is the right "
                    + "one, and has lost the object, store a file of any text under this name.")
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
