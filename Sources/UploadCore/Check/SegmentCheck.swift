public import SessionCore

/// Checks a store of segments beside the engines that use it, a step at a time, and changes nothing: whether the catalogue
/// is consistent, whether each recorded segment is stored with its size, and whether each stored one is known. On demand
/// also whether the bytes are those that were received.
///
/// The lists of both sides are merged page by page; neither is held in memory. They are of different moments, so each
/// difference is examined once more, the object before the row where a row needs its object, and the row after the object
/// where an object needs its row (see `SegmentCatalogueMaintenance`). What uploads, deletions and sweeps in progress change
/// is therefore no issue. Nor are segments that are announced or garbage: they have a sweep that removes them.
///
/// ```swift
/// var check = uploads.maintenance.segmentCheck()
/// while let issues = try await check.step() {
///     for issue in issues { log(issue) }
/// }
/// ```
public struct SegmentCheck<Store: SegmentCatalogueMaintenance, Blobs: SegmentStoreMaintenance, Time: WallClock>:
    Sendable
{
    let maintenance: Maintenance<Store, Blobs, Time>
    /// What was examined and found so far.
    public internal(set) var totals = SegmentCheckTotals()
    /// Whether the bucket has most of the recorded segments. Otherwise it may be another store's, and a repair would give up what
    /// is well: nothing is repaired then. Nil if no segment is recorded, or before the first ones were looked up.
    public private(set) var isBucketOfCatalogue: Bool?
    private let verifiesBytes: Bool
    private var phase = Phase.catalogue
    private var comparison = SegmentComparison()
    /// The end of the last page of records, and of the last page of the list.
    private var recordsEnd: ObjectKey?
    private var objectsEnd: String?
    /// The uploads whose concatenations were reported, as far as they fit: others may be reported again.
    var reportedParts: Set<SessionId> = []

    private enum Phase {
        case catalogue
        /// The uploads after this one.
        case gaps(SessionId?)
        case segments
        case bytes(SessionId?)
        case done
    }

    /// The segments and uploads of one step.
    static var pageMax: Int { 1000 }
    static var reportedPartsMax: Int { 100_000 }

    init(_ maintenance: Maintenance<Store, Blobs, Time>, verifiesBytes: Bool) {
        self.maintenance = maintenance
        self.verifiesBytes = verifiesBytes
    }

    /// Examines more.
    ///
    /// - Returns: The issues found; nil once all is examined.
    /// - Throws: `unavailable`; a repeated call continues, and may report again what the failed one had found.
    public mutating func step() async throws(UploadError) -> [CheckIssue]? {
        let issues: [CheckIssue]
        switch phase {
        case .catalogue:
            issues = try await maintenance.catalogue.problems().map {
                issue(.catalogue, nil, $0)
            }
            let counts = try await maintenance.catalogue.countByStatus()
            totals.uploads = counts.pending + counts.committed + counts.aborted + counts.expired
            phase = .gaps(nil)
        case .gaps(let last):
            let page = try await maintenance.catalogue.uploadsWithGaps(after: last, limit: Self.pageMax)
            issues = page.found.map {
                issue(.catalogue, $0, "its segments have more or fewer bytes than it")
            }
            if let next = page.next {
                phase = .gaps(next)
            } else {
                isBucketOfCatalogue = try await hasMostOfRecorded()
                phase = .segments
            }
        case .segments:
            issues = try await compareSegments()
            if comparison.isComplete { phase = verifiesBytes ? .bytes(nil) : .done }
        case .bytes(let last):
            let page = try await maintenance.catalogue.uploads(UploadFilter(), after: last, limit: 1)
            guard let upload = page.first else {
                phase = .done
                return []
            }
            // Kept only once the upload is verified: a step that fails is repeated.
            var next = self
            issues = try await next.verifyBytes(of: upload.record, repairable: isBucketOfCatalogue == true)
            self = next
            phase = .bytes(upload.id)
        case .done: return nil
        }
        totals.findings += UInt64(issues.count)
        return issues
    }

    func issue(
        _ kind: CheckIssue.Kind, _ upload: SessionId?, _ detail: String, repair: CheckIssue.Repair? = nil
    ) -> CheckIssue {
        CheckIssue(kind: kind, upload: upload, detail: detail, repair: repair, isOfCluster: true)
    }

    /// Whether most of the first recorded segments are stored. Their keys are random, so these are a sample of all.
    private func hasMostOfRecorded() async throws(UploadError) -> Bool? {
        let first = try await maintenance.catalogue.recordedSegments(after: nil, limit: 100)
        if first.isEmpty { return nil }
        let sizes = await presentSizes(of: first)
        let stored = sizes.known.count { $0.size == $0.segment.byteCount }
        // Some that the store fails to tell about are no matter where most of the others are stored.
        if 2 * stored >= first.count { return true }
        if let failure = sizes.failure { throw failure }
        return false
    }

    private mutating func compareSegments() async throws(UploadError) -> [CheckIssue] {
        // Kept only once the differences are examined: a step that fails is repeated.
        var next = self
        var issues: [CheckIssue] = []
        if comparison.needsRecords {
            let page = try await maintenance.catalogue.recordedSegments(after: recordsEnd, limit: Self.pageMax)
            next.recordsEnd = page.last?.key ?? recordsEnd
            next.comparison.add(records: page, isLast: page.count < Self.pageMax)
        }
        if comparison.needsObjects {
            let page = try await maintenance.blobs.storedSegments(after: objectsEnd)
            next.objectsEnd = page.next
            next.totals.objects += UInt64(page.segments.count)
            issues = page.unknownObjects.map { object in
                issue(.unknownFile, nil, "\(object.name), \(object.byteCount) bytes")
            }
            next.comparison.add(objects: page.segments, isLast: page.next == nil)
        }
        let differences = next.comparison.takeDifferences()
        issues += try await next.lostBytes(among: differences.unlike, repairable: isBucketOfCatalogue == true)
        issues += try await orphans(among: differences.unrecorded, repairable: isBucketOfCatalogue == true)
        self = next
        return issues
    }
}

/// What a check of segments has examined and found.
public struct SegmentCheckTotals: Hashable, Sendable {
    public var uploads: UInt64 = 0
    /// The stored segments that were listed.
    public var objects: UInt64 = 0
    public var bytesVerified: UInt64 = 0
    public var findings: UInt64 = 0
    /// Those of the uploads whose bytes the store has failed to return, while it answered about others: they may be well.
    public var unread: UInt64 = 0
}

extension Maintenance where Store: SegmentCatalogueMaintenance, Blobs: SegmentStoreMaintenance {
    /// A check of the store, which changes nothing.
    ///
    /// - Parameter verifiesBytes: Whether all bytes of all uploads are read and compared with their checksums and digests.
    public func segmentCheck(verifyingBytes verifiesBytes: Bool = false) -> SegmentCheck<Store, Blobs, Time> {
        SegmentCheck(self, verifiesBytes: verifiesBytes)
    }

    /// Performs the repair of an issue. Safe beside other engines.
    ///
    /// - Returns: Whether there was anything to repair.
    /// - Throws: `unavailable`.
    @discardableResult
    public func repair(_ issue: CheckIssue) async throws(UploadError) -> Bool {
        switch issue.repair {
        case .forgetSegment(let key): return try await catalogue.forgetSegment(key)
        case .forgetLostSegment(let key):
            // It may have been restored, or an engine with eventual consistency has it by now.
            guard let use = try await catalogue.uses(of: [key]).first,
                try await blobs.size(ofSegment: key) != UInt64(use.range.count)
            else { return false }
            return try await catalogue.forgetSegment(key)
        case .quarantineSegment(let key):
            // A restored database may know it again.
            guard try await catalogue.unknownSegments(among: [key]) == [key] else { return false }
            return try await blobs.quarantine(segment: key)
        case .forgetPieces, .quarantine, nil: return false
        }
    }
}
