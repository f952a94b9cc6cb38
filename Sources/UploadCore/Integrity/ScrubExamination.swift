import SessionCore

/// How damage in one kind of store is told from other failures, and what it is called.
protocol ScrubExamination: Sendable {
    associatedtype Store: Catalogue
    associatedtype Blobs: BlobStore
    associatedtype Time: WallClock

    var maintenance: Maintenance<Store, Blobs, Time> { get }
    /// What a request costs at least, as a number of bytes.
    var requestCostMin: UInt64 { get }

    /// The requests that return the bytes of a range of an object, by the bytes that each may return, in order.
    func requests(for key: ObjectKey, _ range: Range<UInt64>) async throws(UploadError) -> [Range<UInt64>]

    /// The issue of an object that is missing, or of another size, if that can be told without reading it.
    func issue(of extent: Extent, of record: UploadRecord) async throws(UploadError) -> CheckIssue?

    /// The issues of bytes that differ from their checksums.
    ///
    /// - Parameter blocks: Nil if only the digest of the extent tells.
    func issues(
        of blocks: ScrubbedUpload.Blocks?, in part: ScrubbedUpload.Part, of record: UploadRecord
    ) async throws(UploadError) -> [CheckIssue]

    /// What the failure to read bytes of an object means.
    ///
    /// - Throws: The failure, if it is that of the catalogue or of the whole store.
    func meaning(
        of failure: UploadError, in part: ScrubbedUpload.Part, of record: UploadRecord, reading range: Range<UInt64>
    ) async throws(UploadError) -> ScrubFailure

    func place(of part: ScrubbedUpload.Part, _ record: UploadRecord) -> String
    func unreadable(_ detail: String, _ record: UploadRecord) -> CheckIssue
}

/// What a failure to read bytes means.
enum ScrubFailure: Sendable {
    case damage([CheckIssue])
    /// It may have been a moment's failure: the bytes are read once more, and are unreadable if that fails, too.
    case doubtful
}

extension Maintenance {
    /// Whether an upload is still what it was: the bytes of one that has ended are gone, and what was forgotten is sent again.
    func isUnchanged(_ record: UploadRecord) async throws(UploadError) -> Bool {
        guard let now = try await catalogue.upload(record.id) else { return false }
        return now.session.meta.status == record.session.meta.status
            && now.session.durableEnd >= record.session.durableEnd
    }
}
