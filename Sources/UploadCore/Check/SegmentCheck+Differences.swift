import SessionCore

extension SegmentCheck {
    /// Requests at the same time.
    private static var sizesMax: Int { 16 }

    /// The present sizes of segments, in their order. If all requests that are made at the same time fail, no more are made, and
    /// what these ask for is the end.
    func sizes(of keys: [ObjectKey]) async -> [(index: Int, size: Result<UInt64?, UploadError>)] {
        var found: [(index: Int, size: Result<UInt64?, UploadError>)] = []
        let blobs = maintenance.blobs
        for start in stride(from: 0, to: keys.count, by: Self.sizesMax) {
            let indices = start..<min(start + Self.sizesMax, keys.count)
            let results = await withTaskGroup(of: (index: Int, size: Result<UInt64?, UploadError>).self) { group in
                for index in indices {
                    group.addTask {
                        do throws(UploadError) {
                            return (index, .success(try await blobs.size(ofSegment: keys[index])))
                        } catch {
                            return (index, .failure(error))
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            found += results.sorted { $0.index < $1.index }
            // A store that is away would be waited for again and again.
            let areAnswered = results.contains { if case .success = $0.size { true } else { false } }
            guard areAnswered else { break }
        }
        return found
    }

    /// The issues of recorded segments that a list has with another size, or not at all.
    mutating func lostBytes(
        among records: [RecordedSegment], repairable: Bool
    ) async throws(UploadError) -> [CheckIssue] {
        // The object first: if its row is there afterwards, it should have been there, too.
        var wrong: [ObjectKey: (recorded: UInt64, stored: UInt64?)] = [:]
        for (index, size) in await sizes(of: records.map(\.key)) {
            let (record, stored) = (records[index], try size.get())
            if stored != record.byteCount { wrong[record.key] = (record.byteCount, stored) }
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
        for (index, size) in await sizes(of: orphans.map(\.key)) {
            guard let size = try size.get() else { continue }
            let key = orphans[index].key
            issues.append(
                issue(
                    .orphanObject, nil, "\(maintenance.blobs.path(ofSegment: key)), \(size) bytes",
                    repair: repairable ? .quarantineSegment(key) : nil))
        }
        return issues
    }
}
