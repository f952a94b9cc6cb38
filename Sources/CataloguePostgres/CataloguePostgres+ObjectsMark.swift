package import UploadCore

extension CataloguePostgres {
    /// The mark of the bucket that has the bytes; nil before one is recorded.
    package func objectsMark() async throws(UploadError) -> ObjectsMark? {
        try await read { queries throws(UploadError) in try queries.objectsMark() }
    }

    /// Records the mark of a bucket, unless one is recorded.
    ///
    /// - Returns: The mark that is recorded now.
    package func record(_ mark: ObjectsMark) async throws(UploadError) -> ObjectsMark {
        try await write { queries throws(UploadError) in try queries.record(mark) }
    }
}
