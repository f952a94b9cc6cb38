package import UploadCore

/// The object that tells this bucket and prefix from others. It lies beside the segments, where no check lists it and no sweep
/// removes it.
extension S3BlobStore {
    /// For people who find the object.
    private static let markText = "Wharf knows its bucket by this object: keep it, and copy it with the segments.\n"

    package func name(ofSegment key: ObjectKey) -> String { client.name(of: key) }

    package func name(of mark: ObjectsMark) -> String { client.name(of: mark) }

    /// Whether the bucket has this mark.
    ///
    /// - Throws: `unavailable`, also if the engine refuses to say.
    package func has(_ mark: ObjectsMark) async throws(UploadError) -> Bool {
        try await size(named: client.name(of: mark)) != nil
    }

    /// - Throws: `unavailable`; the object may exist, or appear later.
    package func store(_ mark: ObjectsMark) async throws(UploadError) {
        let segment = Segment.small(Array(Self.markText.utf8), client.location.engine.integrity)
        try await retrying("marking the bucket") { () throws(S3Failure) in
            try await client.put(named: client.name(of: mark), segment)
        }
    }

    package func remove(_ mark: ObjectsMark) async throws(UploadError) {
        try await removeObjects([client.name(of: mark)])
    }
}
