import SessionCore

/// Damage of files: an error of the disk is one, too.
struct FileScrub<Store: Catalogue, Blobs: BlobStoreMaintenance, Time: WallClock>: ScrubExamination {
    let maintenance: Maintenance<Store, Blobs, Time>
    let requestCostMin: UInt64 = 0

    /// Files are read with few calls.
    func requests(for key: ObjectKey, _ range: Range<UInt64>) -> [Range<UInt64>] { [range] }

    func issue(of extent: Extent, of record: UploadRecord) async throws(UploadError) -> CheckIssue? {
        try await maintenance.verifySize(of: extent, of: record)
    }

    func issues(
        of blocks: ScrubbedUpload.Blocks?, in part: ScrubbedUpload.Part, of record: UploadRecord
    ) async throws(UploadError) -> [CheckIssue] {
        switch part {
        case .durable: return [try await maintenance.issue(ofDamaged: blocks?.ranges ?? [], in: record)]
        case .extent:
            return [
                CheckIssue(
                    kind: .digestMismatch, upload: record.id, detail: "\(place(of: part, record)) has damaged bytes",
                    repair: nil)
            ]
        }
    }

    func meaning(
        of failure: UploadError, in part: ScrubbedUpload.Part, of record: UploadRecord, reading range: Range<UInt64>
    ) async throws(UploadError) -> ScrubFailure {
        if failure.code == .unavailable, await isReadable(part, record) { throw failure }
        if failure.code == .storeCorrupt, case .durable(let range) = part {
            // The file is missing or ends too early.
            return .damage([try await maintenance.issue(ofDamaged: [range], in: record)])
        }
        return .damage([unreadable("\(place(of: part, record)): \(failure.debugDescription)", record)])
    }

    private func isReadable(_ part: ScrubbedUpload.Part, _ record: UploadRecord) async -> Bool {
        let (key, range) =
            switch part {
            case .durable(let range): (record.meta.key, range)
            case .extent(let extent): (extent.key, 0..<(extent.storage == .file ? extent.length : 0))
            }
        return (try? await maintenance.blobs.scan(key, range) { _ in }) != nil
    }

    func place(of part: ScrubbedUpload.Part, _ record: UploadRecord) -> String {
        switch part {
        case .durable: maintenance.place(of: record.meta.key, record)
        case .extent(let extent): maintenance.place(of: extent, record)
        }
    }

    func unreadable(_ detail: String, _ record: UploadRecord) -> CheckIssue {
        CheckIssue(kind: .unreadable, upload: record.id, detail: detail, repair: nil)
    }
}
