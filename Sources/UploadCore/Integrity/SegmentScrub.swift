import SessionCore

/// Damage of segments: bytes that differ, and segments that the store says it does not have. A store that does not answer,
/// or refuses everything, says nothing about its segments.
struct SegmentScrub<Store: SegmentCatalogueMaintenance, Blobs: SegmentStoreMaintenance, Time: WallClock>:
    ScrubExamination
{
    let maintenance: Maintenance<Store, Blobs, Time>
    /// At 16 MiB a second an engine answers at most 128 requests a second.
    let requestCostMin: UInt64 = 128 << 10

    /// One for each segment.
    func requests(for key: ObjectKey, _ range: Range<UInt64>) async throws(UploadError) -> [Range<UInt64>] {
        try await maintenance.catalogue.receipts(of: key, in: range).map(\.range)
    }

    /// Names segments and lost ones as the check of the store does.
    private var check: SegmentCheck<Store, Blobs, Time> { maintenance.segmentCheck(verifyingBytes: true) }

    /// A segment's size is seen with its bytes.
    func issue(of extent: Extent, of record: UploadRecord) -> CheckIssue? { nil }

    /// Reads damaged blocks once more: they may have been damaged on the way, and those of a pending upload may have been sent
    /// again.
    func issues(
        of blocks: ScrubbedUpload.Blocks?, in part: ScrubbedUpload.Part, of record: UploadRecord
    ) async throws(UploadError) -> [CheckIssue] {
        var check = check
        guard let blocks else {
            return [check.issue(.digestMismatch, record.id, "\(place(of: part, record)) has damaged bytes")]
                + (try await check.concatenations(of: record))
        }
        let (key, source) = part.object(of: record)
        let (kind, repairable): (CheckIssue.Kind, Bool) =
            switch part {
            case .durable: (.damagedBytes, true)
            case .extent: (.digestMismatch, false)
            }
        var issues: [CheckIssue] = []
        // A segment may have bytes of several ranges.
        var reported: Set<ObjectKey> = []
        for range in blocks.ranges {
            let range = range.clamped(to: 0..<blocks.end)
            // Before the bytes are read: what is sent again meanwhile is in other segments.
            let receipts = try await maintenance.catalogue.receipts(of: key, in: range)
                .filter { !reported.contains($0.key) }
            let found = try await maintenance.sessions.verify(
                key, of: source, blocks.layout, in: range, end: blocks.end)
            let damaged = blocks.layout.ranges(ofBlocks: found.damaged)
            issues += check.issues(kind, of: receipts, in: damaged, of: source, record, repairable: repairable)
            reported.formUnion(receipts.filter { damaged.contains(where: $0.range.overlaps) }.map(\.key))
        }
        if issues.isEmpty { return [] }
        if case .extent = part { issues += try await check.concatenations(of: record) }
        return issues
    }

    func meaning(
        of failure: UploadError, in part: ScrubbedUpload.Part, of record: UploadRecord, reading range: Range<UInt64>
    ) async throws(UploadError) -> ScrubFailure {
        switch failure.code {
        case .storeCorrupt:
            let receipts = try await maintenance.catalogue.receipts(of: part.object(of: record).key, in: range)
            var check = check
            let lost = try await check.lostBytes(
                among: receipts.map { RecordedSegment(key: $0.key, byteCount: UInt64($0.range.count)) },
                repairable: true)
            return lost.isEmpty ? .doubtful : .damage(lost)
        case .unavailable where await check.isServing(): return .doubtful
        default: throw failure
        }
    }

    func place(of part: ScrubbedUpload.Part, _ record: UploadRecord) -> String {
        let name = "“\(record.meta.asset.name)”"
        if case .extent(let extent) = part, extent.storage == .catalogue { return "\(name) in the catalogue" }
        return name
    }

    func unreadable(_ detail: String, _ record: UploadRecord) -> CheckIssue {
        check.issue(.unreadable, record.id, detail)
    }
}

extension ScrubbedUpload.Part {
    /// The object that has the bytes, and the upload that has their checksums.
    fileprivate func object(of record: UploadRecord) -> (key: ObjectKey, source: SessionId) {
        switch self {
        case .durable: (record.meta.key, record.id)
        case .extent(let extent): (extent.key, extent.source)
        }
    }
}
