import struct Crypto.SHA256
import SessionCore

extension Scrubber {
    /// - Returns: False after the last upload.
    mutating func beginNext(after last: SessionId?, _ step: inout Step) async throws(UploadError) -> Bool {
        if page.isEmpty {
            page = try await maintenance.sessions.listAllSessions(after: last).map(\.record).reversed()
        }
        guard let record = page.popLast() else { return false }
        // Reading a row costs about as much as so many bytes.
        step.bytesRead += 4 << 10
        current = (record, [], nil)
        switch record.session.meta.status {
        case .committed:
            current = (record, try await extents(of: record).reversed(), nil)
        case .pending:
            do throws(UploadError) {
                let damaged = try await maintenance.damagedRanges(of: record)
                step.bytesRead += record.meta.storage == .file ? record.session.receivedBytes : 0
                if !damaged.isEmpty, try await isUnchanged(record) {
                    step.issues.append(
                        CheckIssue(
                            kind: .damagedBytes, upload: record.id,
                            detail: "\(maintenance.place(of: record.meta.key, record)) differs from what was received",
                            repair: .forgetPieces(of: record.id, in: damaged)))
                }
            } catch {
                try await report(error, record, &step)
            }
        case .aborted, .expired: break
        }
        return true
    }

    /// The bytes that no other upload is verified for: its own, and those of parts that have ended.
    private func extents(of record: UploadRecord) async throws(UploadError) -> [Extent] {
        if record.parts.isEmpty { return Extent.own(of: record) }
        var extents: [Extent] = []
        for extent in try await maintenance.catalogue.extentsOfParts(record.id).flatMap({ $0 ?? [] })
        where await !maintenance.isCommitted(extent.source) {
            extents.append(extent)
        }
        return extents
    }

    // MARK: - Bytes

    mutating func continueExtent(atMost byteCount: UInt64, _ step: inout Step) async throws(UploadError) {
        guard let record = current?.record, let extent = current?.extents.last else { return }
        do throws(UploadError) {
            let (isGood, isDone) = try await verify(extent, atMost: byteCount, &step)
            if !isGood, try await isUnchanged(record) {
                let name =
                    extent.storage == .file
                    ? maintenance.place(of: extent.key, record) : "“\(record.meta.asset.name)” in the catalogue"
                step.issues.append(
                    CheckIssue(
                        kind: .digestMismatch, upload: record.id, detail: "\(name) has damaged bytes", repair: nil))
            }
            guard isDone || !isGood else { return }
        } catch {
            try await report(error, record, &step)
        }
        current?.extents.removeLast()
        current?.progress = nil
    }

    private mutating func verify(
        _ extent: Extent, atMost byteCount: UInt64, _ step: inout Step
    ) async throws(UploadError) -> (isGood: Bool, isDone: Bool) {
        guard extent.storage == .file else {
            step.bytesRead += extent.length
            return (try await maintenance.sessions.digest(of: [extent]) == extent.digest, true)
        }
        let known = current?.progress
        let begun = known == nil ? try await begin(extent) : nil
        guard var progress = known ?? begun else { return (true, true) }
        let blockBytes = progress.layout.blockBytes
        let count = progress.hasher == nil ? max(1, byteCount / blockBytes) * blockBytes : max(1 << 16, byteCount)
        let range = progress.position..<progress.position + min(count, extent.length - progress.position)
        defer { step.bytesRead += UInt64(range.count) }
        progress.position = range.upperBound
        let isAtEnd = progress.position == extent.length
        if let hasher = progress.hasher {
            let running = RunningHash(hasher)
            try await maintenance.blobs.scan(extent.key, range) { running.update($0) }
            progress.hasher = running.current
            current?.progress = progress
            return (!isAtEnd || running.digest == extent.digest, isAtEnd)
        }
        let found = try await maintenance.sessions.verify(
            extent.key, of: extent.source, progress.layout, in: range, end: extent.length)
        progress.verifiedBytes += found.verifiedBytes
        let lacksChecksums = progress.verifiedBytes < progress.position
        current?.progress = lacksChecksums ? Progress(layout: progress.layout, hasher: SHA256()) : progress
        return (found.damaged.isEmpty, isAtEnd && !lacksChecksums)
    }

    private func begin(_ extent: Extent) async throws(UploadError) -> Progress? {
        try await maintenance.catalogue.checksums(of: extent.source, in: 0..<1).map { Progress(layout: $0.layout) }
    }

    // MARK: - Findings

    /// Whether an upload is still what it was: the bytes of one that has ended are gone.
    private func isUnchanged(_ record: UploadRecord) async throws(UploadError) -> Bool {
        try await maintenance.catalogue.upload(record.id)?.session.meta.status == record.session.meta.status
    }

    private func report(_ error: UploadError, _ record: UploadRecord, _ step: inout Step) async throws(UploadError) {
        guard try await isUnchanged(record) else { return }
        step.issues.append(
            CheckIssue(
                kind: .unreadable, upload: record.id,
                detail: "\(maintenance.place(of: record.meta.key, record)): \(error.debugDescription)", repair: nil))
    }
}
