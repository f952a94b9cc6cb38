import SessionCore

extension SegmentCheck {
    /// Requests at the same time.
    private static var sizesMax: Int { 16 }

    /// Asks the store for the present sizes of segments. If all requests that are made at the same time fail, no more are
    /// made.
    func presentSizes(of segments: [RecordedSegment]) async -> PresentSizes {
        var sizes = PresentSizes()
        let blobs = maintenance.blobs
        for start in stride(from: 0, to: segments.count, by: Self.sizesMax) {
            let asked = segments[start..<min(start + Self.sizesMax, segments.count)]
            let known = sizes.known.count
            await withTaskGroup(of: PresentSizes.Answer.self) { group in
                for segment in asked {
                    group.addTask {
                        do throws(UploadError) {
                            let size = try await blobs.size(ofSegment: segment.key)
                            return PresentSizes.Answer(segment: segment, size: .success(size))
                        } catch {
                            return PresentSizes.Answer(segment: segment, size: .failure(error))
                        }
                    }
                }
                for await answer in group { sizes.add(answer) }
            }
            // A store that is away would be waited for again and again.
            if sizes.known.count == known { break }
        }
        return sizes
    }

    /// The issues of recorded segments that a list has with another size, or not at all.
    mutating func lostBytes(
        among records: [RecordedSegment], repairable: Bool
    ) async throws(UploadError) -> [CheckIssue] {
        // The object first: if its row is there afterwards, it should have been there, too.
        var wrong: [ObjectKey: (recorded: UInt64, stored: UInt64?)] = [:]
        for (record, stored) in try await presentSizes(of: records).all() where stored != record.byteCount {
            wrong[record.key] = (record.byteCount, stored)
        }
        if wrong.isEmpty { return [] }
        var issues: [CheckIssue] = []
        for use in try await maintenance.catalogue.uses(of: records.map(\.key).filter { wrong[$0] != nil }) {
            guard let (recorded, stored) = wrong[use.key],
                let record = try await maintenance.catalogue.upload(use.upload)
            else { continue }
            let isPending = record.session.meta.status.isPending
            let damage = stored.map { "has \($0) of \(recorded) bytes" } ?? "is missing"
            issues.append(
                issue(
                    stored.map { $0 < recorded ? .shortObject : .longObject } ?? .missingObject, record.id,
                    "\(place(of: use, record)) \(damage)",
                    repair: isPending && repairable ? .forgetLostSegment(use.key) : nil))
            if !isPending { issues += try await concatenations(of: record) }
        }
        return issues
    }

    func place(of use: SegmentUse, _ record: UploadRecord) -> String {
        let name = record.meta.asset.name
        let bytes = "bytes \(use.range.lowerBound) to \(use.range.upperBound - 1)"
        return "\(maintenance.blobs.path(ofSegment: use.key)) (\(name.isEmpty ? "" : "“\(name)”, ")\(bytes))"
    }

    /// The issues of concatenations that contain a damaged upload, once.
    mutating func concatenations(of part: UploadRecord) async throws(UploadError) -> [CheckIssue] {
        if reportedParts.count >= Self.reportedPartsMax { reportedParts = [] }
        guard reportedParts.insert(part.id).inserted else { return [] }
        var issues: [CheckIssue] = []
        var last: SessionId?
        while true {
            let page = try await maintenance.catalogue.concatenations(of: part.id, after: last, limit: Self.pageMax)
            for id in page {
                guard let record = try await maintenance.catalogue.upload(id) else { continue }
                issues.append(
                    issue(
                        .digestMismatch, id,
                        "“\(record.meta.asset.name)” has the damaged bytes of its part \(part.id.text)"))
            }
            guard page.count == Self.pageMax else { return issues }
            last = page.last
        }
    }

    /// The issues of listed segments without a record that is of the list's time.
    func orphans(among objects: [RecordedSegment], repairable: Bool) async throws(UploadError) -> [CheckIssue] {
        if objects.isEmpty { return [] }
        // The catalogue after the list: what had no row then, and was not announced, has none for good.
        let unknown = Set(try await maintenance.catalogue.unknownSegments(among: objects.map(\.key)))
        let orphans = objects.filter { unknown.contains($0.key) }
        var issues: [CheckIssue] = []
        // One that a sweep has removed since, for the last time, is none.
        for (orphan, size) in try await presentSizes(of: orphans).all() {
            guard let size else { continue }
            issues.append(
                issue(
                    .orphanObject, nil, "\(maintenance.blobs.path(ofSegment: orphan.key)), \(size) bytes",
                    repair: repairable ? .quarantineSegment(orphan.key) : nil))
        }
        return issues
    }
}

/// What a store tells about the present sizes of segments.
struct PresentSizes: Sendable {
    /// About one segment.
    struct Answer: Sendable {
        let segment: RecordedSegment
        let size: Result<UInt64?, UploadError>
    }

    /// In no certain order; the size is nil for one that is not stored.
    private(set) var known: [(segment: RecordedSegment, size: UInt64?)] = []
    /// The error about one that the store did not tell about.
    private(set) var failure: UploadError?

    mutating func add(_ answer: Answer) {
        switch answer.size {
        case .success(let size): known.append((answer.segment, size))
        case .failure(let error): failure = error
        }
    }

    /// In the order of the keys.
    ///
    /// - Throws: `failure`.
    func all() throws(UploadError) -> [(segment: RecordedSegment, size: UInt64?)] {
        if let failure { throw failure }
        return known.sorted { $0.segment.key.precedes($1.segment.key) }
    }
}
