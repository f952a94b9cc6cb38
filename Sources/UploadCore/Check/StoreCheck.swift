import SessionCore

extension Maintenance where Blobs: BlobStoreMaintenance {
    /// Checks all invariants of the store; reads everything and changes nothing. Every committed blob exists with its
    /// length and SHA-256, every file has an upload, every durable piece has its bytes, every reference has a target.
    ///
    /// Meant for a store at rest: concurrent changes may be reported as issues. Holds the keys of all objects in
    /// memory.
    ///
    /// - Throws: `unavailable` if the catalogue cannot be read. Objects that cannot be read are reported as issues.
    public func check() async throws(UploadError) -> CheckReport {
        var report = CheckReport()
        report.issues += try await catalogue.problems().map { problem in
            CheckIssue(kind: .catalogue, upload: nil, detail: problem, repair: nil)
        }
        var known: Set<ObjectKey> = []
        var last: SessionId?
        while true {
            let page = try await catalogue.uploads(UploadFilter(), after: last, limit: sessions.limits.pageMax)
            for record in page.map(\.record) {
                report.uploads += 1
                try await check(record, &known, &report)
            }
            guard page.count == sessions.limits.pageMax else { break }
            last = page.last?.id
        }
        try await addConcatenations(&report)
        // Garbage that awaits its removal is not unreferenced.
        known.formUnion(try await catalogue.garbage(limit: .max))
        for shard in blobs.shards { await check(shard: shard, known, &report) }
        await checkOutsideShards(&report)
        return report
    }

    /// Reports the concatenations whose parts are damaged: reading them returns the same bytes.
    private func addConcatenations(_ report: inout CheckReport) async throws(UploadError) {
        let damaged = Set(report.issues.filter { $0.kind != .catalogue && $0.repair == nil }.compactMap(\.upload))
        if damaged.isEmpty { return }
        var last: SessionId?
        while true {
            let page = try await catalogue.uploads(
                UploadFilter(state: .committed), after: last, limit: sessions.limits.pageMax)
            for record in page.map(\.record) where !record.parts.isEmpty && !damaged.contains(record.id) {
                let sources = Set(try await extents(of: record).map(\.source))
                guard let part = sources.intersection(damaged).first else { continue }
                report.issues.append(
                    CheckIssue(
                        kind: .digestMismatch, upload: record.id,
                        detail: "“\(record.meta.asset.name)” has the damaged bytes of its part \(part.text)",
                        repair: nil))
            }
            guard page.count == sessions.limits.pageMax else { return }
            last = page.last?.id
        }
    }

    /// Performs exactly the repairs of a report.
    ///
    /// - Returns: The number of repairs.
    public func repair(_ report: CheckReport) async throws(UploadError) -> Int {
        var count = 0
        for issue in report.issues {
            switch issue.repair {
            case nil: continue
            case .forgetPieces(let id, let ranges):
                try await catalogue.forgetPieces(of: id, in: ranges)
                await sessions.forget(id)
            case .quarantine(let name, let shard): try await blobs.quarantine(name, inShard: shard)
            // Of stores of segments.
            case .forgetSegment, .forgetLostSegment, .quarantineSegment: continue
            }
            count += 1
        }
        return count
    }

    private func check(
        _ record: UploadRecord, _ known: inout Set<ObjectKey>, _ report: inout CheckReport
    ) async throws(UploadError) {
        switch record.session.meta.status {
        case .pending:
            guard record.parts.isEmpty, record.meta.storage == .file else { return }
            known.insert(record.meta.key)
            await checkPending(record, &report)
        case .committed:
            // The bytes of a concatenation belong to its parts. Ended parts are known from its extents only.
            let extents = try await extents(of: record)
            for extent in extents where extent.storage == .file { known.insert(extent.key) }
            if record.parts.isEmpty, record.meta.storage == .file { known.insert(record.meta.key) }
            await checkCommitted(record, extents, &report)
        case .aborted, .expired: return
        }
    }

    private func checkPending(_ record: UploadRecord, _ report: inout CheckReport) async {
        let needed = record.session.durableEnd
        guard needed > 0 else { return }
        await reporting(record.id, &report) { () throws(UploadError) in
            let damaged = try await damagedRanges(of: record)
            guard !damaged.isEmpty else { return nil }
            return try await issue(ofDamaged: damaged, in: record)
        }
    }

    /// The issue of a pending upload whose durable bytes in these ranges are missing or damaged.
    func issue(
        ofDamaged ranges: [Range<UInt64>], in record: UploadRecord
    ) async throws(UploadError) -> CheckIssue {
        let needed = record.session.durableEnd
        let size = try await blobs.size(of: record.meta.key)
        let isShort = (size ?? 0) < needed
        let damage =
            isShort
            ? "has \(size ?? 0) of \(needed) durable bytes"
            : "differs from what was received at byte \(ranges.list { "\($0.lowerBound)" })"
        return CheckIssue(
            kind: size == nil ? .missingObject : isShort ? .shortObject : .damagedBytes, upload: record.id,
            detail: "\(place(of: record.meta.key, record)) \(damage)",
            repair: .forgetPieces(of: record.id, in: ranges))
    }

    private func checkCommitted(_ record: UploadRecord, _ extents: [Extent], _ report: inout CheckReport) async {
        guard let digest = record.digest else {
            report.issues.append(
                CheckIssue(kind: .catalogue, upload: record.id, detail: "committed without a digest", repair: nil))
            return
        }
        for extent in extents {
            // A committed part is verified as an upload of its own.
            if !record.parts.isEmpty, extent.source != record.id, (try? await isCommitted(extent.source)) == true {
                continue
            }
            report.objects += 1
            report.bytesVerified += extent.length
            await reporting(record.id, &report) { () throws(UploadError) in try await self.verify(extent, of: record) }
        }
        let size = extents.reduce(0) { $0 + $1.length }
        let expected = record.session.spec.expectedBytes ?? 0
        if size != expected {
            report.issues.append(
                CheckIssue(
                    kind: .catalogue, upload: record.id, detail: "extents have \(size) of \(expected) bytes",
                    repair: nil))
        }
        guard !record.parts.isEmpty else { return }
        await reporting(record.id, &report) { () throws(UploadError) in
            let actual = try await self.digest(of: extents, as: digest)
            guard actual != digest.digest else { return nil }
            return CheckIssue(
                kind: .digestMismatch, upload: record.id, detail: "digest \(actual.hex), not \(digest.digest.hex)",
                repair: nil)
        }
    }

    /// The path of an object and the name of its upload.
    func place(of key: ObjectKey, _ record: UploadRecord) -> String {
        let name = record.meta.asset.name
        return name.isEmpty ? blobs.path(of: key) : "\(blobs.path(of: key)) (“\(name)”)"
    }

    func place(of extent: Extent, _ record: UploadRecord) -> String {
        extent.storage == .file ? place(of: extent.key, record) : "“\(record.meta.asset.name)” in the catalogue"
    }

    private func verify(_ extent: Extent, of record: UploadRecord) async throws(UploadError) -> CheckIssue? {
        let id = record.id
        if let issue = try await verifySize(of: extent, of: record) { return issue }
        let actual = try await sessions.digest(of: [extent])
        guard actual != extent.digest else { return nil }
        return CheckIssue(
            kind: .digestMismatch, upload: id,
            detail: "\(place(of: extent, record)) has digest \(actual.hex), not \(extent.digest.hex)", repair: nil)
    }

    /// - Returns: The issue of a committed object that is missing, or shorter or longer than its bytes.
    func verifySize(of extent: Extent, of record: UploadRecord) async throws(UploadError) -> CheckIssue? {
        guard extent.storage == .file else { return nil }
        let name = place(of: extent, record)
        guard let size = try await blobs.size(of: extent.key) else {
            return CheckIssue(kind: .missingObject, upload: record.id, detail: "\(name) is missing", repair: nil)
        }
        guard size != extent.length else { return nil }
        return CheckIssue(
            kind: size < extent.length ? .shortObject : .longObject, upload: record.id,
            detail: "\(name) has \(size) of \(extent.length) bytes", repair: nil)
    }

    private func check(shard: Int, _ known: Set<ObjectKey>, _ report: inout CheckReport) async {
        let contents: ShardContents
        do throws(UploadError) {
            contents = try await blobs.contents(ofShard: shard)
        } catch {
            report.issues.append(
                CheckIssue(
                    kind: .unreadable, upload: nil, detail: "shard \(shard): \(error.debugDescription)", repair: nil))
            return
        }
        for object in contents.objects where !known.contains(object.key) {
            report.issues.append(
                CheckIssue(
                    kind: .orphanObject, upload: nil, detail: "\(blobs.path(of: object.key)), \(object.size) bytes",
                    repair: .quarantine(name: object.name, shard: shard)))
        }
        for name in contents.unknownFiles {
            report.issues.append(
                CheckIssue(
                    kind: .unknownFile, upload: nil, detail: "shard \(shard): \(name)",
                    repair: .quarantine(name: name, shard: shard)))
        }
    }

    private func checkOutsideShards(_ report: inout CheckReport) async {
        do throws(UploadError) {
            for name in try await blobs.unknownFilesOutsideShards() {
                report.issues.append(
                    CheckIssue(
                        kind: .unknownFile, upload: nil, detail: "outside of the shards: \(name)",
                        repair: .quarantine(name: name, shard: nil)))
            }
        } catch {
            report.issues.append(
                CheckIssue(
                    kind: .unreadable, upload: nil, detail: "the list of shards: \(error.debugDescription)",
                    repair: nil))
        }
    }

    private func reporting(
        _ id: SessionId, _ report: inout CheckReport, _ check: () async throws(UploadError) -> CheckIssue?
    ) async {
        do throws(UploadError) {
            if let issue = try await check() { report.issues.append(issue) }
        } catch {
            report.issues.append(
                CheckIssue(kind: .unreadable, upload: id, detail: error.debugDescription, repair: nil))
        }
    }
}
