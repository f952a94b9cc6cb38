import SessionCore

extension SegmentCheck {
    /// Reads the bytes of an upload and compares them with its checksums or its digest. Bytes of parts are verified as those of
    /// the parts, as long as these are committed.
    mutating func verifyBytes(of record: UploadRecord, repairable: Bool) async throws(UploadError) -> [CheckIssue] {
        var issues: [CheckIssue] = []
        var isUnread = false
        do throws(UploadError) {
            switch record.session.meta.status {
            case .pending: issues = try await verifyPending(record, repairable: repairable)
            case .committed: issues = try await verifyCommitted(record).map { [$0] } ?? []
            case .aborted, .expired: break
            }
        } catch {
            switch error.code {
            case .storeCorrupt: break
            case .unavailable where await isServing(): isUnread = true
            // Without the catalogue or the bucket nothing more can be said.
            default: throw error
            }
            issues = [
                issue(.unreadable, record.id, "“\(record.meta.asset.name)”: \(error.debugDescription)")
            ]
        }
        guard !issues.isEmpty, try await maintenance.isUnchanged(record) else { return [] }
        if isUnread { totals.unread += 1 }
        return issues
    }

    /// Whether the catalogue and the store answer about any of three segments, which differ each time, since many may be affected.
    func isServing() async -> Bool {
        do throws(UploadError) {
            var others = try await maintenance.catalogue.recordedSegments(after: .random(), limit: 3)
            // After the last key comes the first: the last one alone may be what cannot be read.
            if others.count < 3 {
                others += try await maintenance.catalogue.recordedSegments(after: nil, limit: 3 - others.count)
            }
            for segment in others where await answers(about: segment.key) { return true }
        } catch {}
        return false
    }

    /// That there is no such object is an answer, too.
    private func answers(about key: ObjectKey) async -> Bool {
        do throws(UploadError) {
            _ = try await maintenance.blobs.size(ofSegment: key)
            return true
        } catch {
            return false
        }
    }

    private mutating func verifyPending(
        _ record: UploadRecord, repairable: Bool
    ) async throws(UploadError) -> [CheckIssue] {
        let session = record.session
        guard record.parts.isEmpty, record.meta.storage == .file else { return [] }
        let layout = session.spec.layout
        var issues: [CheckIssue] = []
        for range in session.durableRanges {
            // Before the bytes are read: what is sent again meanwhile is in other segments.
            let receipts = try await maintenance.catalogue.receipts(of: record.meta.key, in: range)
            let found = try await maintenance.sessions.verify(
                record.meta.key, of: record.id, layout, in: range, end: session.durableEnd)
            totals.bytesVerified += found.verifiedBytes
            issues += self.issues(
                .damagedBytes, of: receipts, in: layout.ranges(ofBlocks: found.damaged), of: record.id, record,
                repairable: repairable)
        }
        return issues
    }

    /// One issue for each segment that has bytes of damaged blocks.
    ///
    /// - Parameters:
    ///   - damaged: Ranges of the upload `source`, whose segments these are.
    ///   - record: The upload that the issues name.
    func issues(
        _ kind: CheckIssue.Kind, of receipts: [StorageReceipt], in damaged: [Range<UInt64>], of source: SessionId,
        _ record: UploadRecord, repairable: Bool
    ) -> [CheckIssue] {
        receipts.filter { damaged.contains(where: $0.range.overlaps) }.map { receipt in
            let use = SegmentUse(key: receipt.key, upload: source, range: receipt.range)
            return issue(
                kind, record.id, "\(place(of: use, record)) is in a block that differs from what was received",
                repair: repairable ? .forgetSegment(receipt.key) : nil)
        }
    }

    private mutating func verifyCommitted(_ record: UploadRecord) async throws(UploadError) -> CheckIssue? {
        guard let digest = record.digest else { return nil }
        let extents = try await maintenance.extents(of: record)
        for extent in extents {
            if extent.source != record.id, try await maintenance.isCommitted(extent.source) { continue }
            let actual = try await maintenance.sessions.digest(of: [extent])
            totals.bytesVerified += extent.length
            guard actual == extent.digest else { return mismatch(of: record, actual, extent.digest) }
        }
        if record.parts.isEmpty { return nil }
        let actual = try await maintenance.digest(of: extents, as: digest)
        return actual == digest.digest ? nil : mismatch(of: record, actual, digest.digest)
    }

    private func mismatch(of record: UploadRecord, _ actual: Digest, _ expected: Digest) -> CheckIssue {
        issue(.digestMismatch, record.id, "“\(record.meta.asset.name)” has digest \(actual.hex), not \(expected.hex)")
    }
}
