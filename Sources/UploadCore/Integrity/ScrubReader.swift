import SessionCore

/// Verifies the stored bytes of one upload after another, some bytes at a time.
struct ScrubReader<Examination: ScrubExamination>: Sendable {
    private let examination: Examination
    /// The upload whose bytes are being read.
    private(set) var current: ScrubbedUpload?
    /// Found, and not taken yet.
    private(set) var issues: [CheckIssue] = []

    private var maintenance: Maintenance<Examination.Store, Examination.Blobs, Examination.Time> {
        examination.maintenance
    }

    init(_ examination: Examination) {
        self.examination = examination
    }

    mutating func takeIssues() -> [CheckIssue] {
        defer { issues = [] }
        return issues
    }

    /// Verifies no more of the current upload.
    mutating func abandon() { current = nil }

    mutating func begin(_ record: UploadRecord, _ amount: inout ScrubAmount) async throws(UploadError) {
        let parts: [ScrubbedUpload.Part] =
            switch record.session.meta.status {
            case .committed: try await extents(of: record).map { .extent($0) }
            case .pending where record.parts.isEmpty && record.meta.storage == .file:
                record.session.durableRanges.map { .durable($0) }
            case .pending, .aborted, .expired: []
            }
        amount.addRow()
        current = ScrubbedUpload(record: record, parts: parts.reversed())
    }

    /// The bytes that no other upload is verified for: its own, and those of parts that have ended.
    private func extents(of record: UploadRecord) async throws(UploadError) -> [Extent] {
        if record.parts.isEmpty { return Extent.own(of: record) }
        var extents: [Extent] = []
        for extent in try await maintenance.extents(of: record)
        where try await !maintenance.isCommitted(extent.source) {
            extents.append(extent)
        }
        return extents
    }

    /// Verifies more bytes of the current upload.
    ///
    /// - Returns: Its id once it is done.
    /// - Throws: `unavailable`; a repeated call verifies the same bytes.
    mutating func continueUpload(
        atMost byteCount: UInt64, _ amount: inout ScrubAmount
    ) async throws(UploadError) -> SessionId? {
        guard var upload = current else { return nil }
        guard let part = upload.parts.last else {
            current = nil
            return upload.record.id
        }
        var outcome: ScrubbedUpload.Outcome
        do throws(UploadError) {
            outcome = try await verify(part, &upload, atMost: byteCount, &amount)
            if case .damaged(let blocks) = outcome {
                let found = try await examination.issues(of: blocks, in: part, of: upload.record)
                if try await maintenance.isUnchanged(upload.record) { issues += found }
                outcome = .done
            }
            upload.isDoubtful = false
        } catch {
            // Where it was before: `upload` may be ahead.
            let position = current?.progress?.position ?? part.range.lowerBound
            outcome = try await examine(error, part, &upload, from: position, atMost: byteCount)
        }
        switch outcome {
        case .goesOn: break
        case .done, .damaged: upload.endPart()
        case .found(let issue):
            if try await maintenance.isUnchanged(upload.record) { issues.append(issue) }
            upload.endPart()
        }
        current = upload
        return nil
    }

    /// Decides about bytes that cannot be read.
    ///
    /// - Throws: The failure, unless it is about these bytes.
    private mutating func examine(
        _ failure: UploadError, _ part: ScrubbedUpload.Part, _ upload: inout ScrubbedUpload, from position: UInt64,
        atMost byteCount: UInt64
    ) async throws(UploadError) -> ScrubbedUpload.Outcome {
        let record = upload.record
        guard try await maintenance.isUnchanged(record) else { return .done }
        // At least what was read.
        let blockBytes = (current?.progress?.layout ?? record.session.spec.layout).blockBytes
        let count = min(max(byteCount, blockBytes, 1 << 16), part.range.upperBound - position)
        let range = position..<position + count
        let meaning: ScrubFailure
        do throws(UploadError) {
            meaning = try await examination.meaning(of: failure, in: part, of: record, reading: range)
        } catch {
            // What was doubtful before an outage is read twice after it.
            current?.isDoubtful = false
            throw error
        }
        switch meaning {
        case .damage(let found): issues += found
        case .doubtful where !upload.isDoubtful:
            upload.progress = current?.progress
            upload.isDoubtful = true
            return .goesOn
        case .doubtful:
            let place = examination.place(of: part, record)
            issues.append(examination.unreadable("\(place): \(failure.debugDescription)", record))
        }
        return .done
    }
}

// MARK: - Bytes

extension ScrubReader {
    private func verify(
        _ part: ScrubbedUpload.Part, _ upload: inout ScrubbedUpload, atMost byteCount: UInt64,
        _ amount: inout ScrubAmount
    ) async throws(UploadError) -> ScrubbedUpload.Outcome {
        switch part {
        case .durable(let range):
            let session = upload.record.session
            var progress =
                upload.progress
                ?? ScrubbedUpload.Progress(layout: session.spec.layout, position: range.lowerBound)
            let found = try await verifyBlocks(
                upload.record.meta.key, of: upload.record.id, &progress, until: range.upperBound,
                end: session.durableEnd, atMost: byteCount, &amount)
            upload.progress = progress
            if !found.isEmpty {
                return .damaged(ScrubbedUpload.Blocks(found, in: progress.layout, end: session.durableEnd))
            }
            return progress.position == range.upperBound ? .done : .goesOn
        case .extent(let extent) where extent.storage == .catalogue:
            amount.add(bytes: extent.length, cost: extent.length)
            return try await maintenance.sessions.digest(of: [extent]) == extent.digest ? .done : .damaged(nil)
        case .extent(let extent):
            let known = upload.progress
            if known == nil, let issue = try await examination.issue(of: extent, of: upload.record) {
                return .found(issue)
            }
            let begun = known == nil ? try await begin(extent) : nil
            guard var progress = known ?? begun else { return .done }
            defer { upload.progress = progress }
            if progress.hasher != nil {
                return try await hash(extent, &progress, atMost: byteCount, &amount)
            }
            let found = try await verifyBlocks(
                extent.key, of: extent.source, &progress, until: extent.length, end: extent.length, atMost: byteCount,
                &amount)
            if !found.isEmpty {
                return .damaged(ScrubbedUpload.Blocks(found, in: progress.layout, end: extent.length))
            }
            if progress.verifiedBytes < progress.position {
                progress = ScrubbedUpload.Progress(layout: progress.layout, position: 0, hasher: SHA256Hasher())
                return .goesOn
            }
            return progress.position == extent.length ? .done : .goesOn
        }
    }

    private func begin(_ extent: Extent) async throws(UploadError) -> ScrubbedUpload.Progress? {
        try await maintenance.catalogue.checksums(of: extent.source, in: 0..<1).map {
            ScrubbedUpload.Progress(layout: $0.layout, position: 0)
        }
    }

    /// - Returns: The damaged blocks.
    private func verifyBlocks(
        _ key: ObjectKey, of id: SessionId, _ progress: inout ScrubbedUpload.Progress, until end: UInt64,
        end durableEnd: UInt64, atMost byteCount: UInt64, _ amount: inout ScrubAmount
    ) async throws(UploadError) -> [UInt64] {
        let blockBytes = progress.layout.blockBytes
        let count = max(1, byteCount / blockBytes) * blockBytes
        let next = progress.position..<progress.position + min(count, end - progress.position)
        let (range, cost) = try await examination.portion(of: key, next, blockBytes: blockBytes, budget: byteCount)
        amount.add(bytes: UInt64(range.count), cost: cost)
        let found = try await maintenance.sessions.verify(key, of: id, progress.layout, in: range, end: durableEnd)
        progress.position = range.upperBound
        progress.verifiedBytes += found.verifiedBytes
        return found.damaged
    }

    private func hash(
        _ extent: Extent, _ progress: inout ScrubbedUpload.Progress, atMost byteCount: UInt64,
        _ amount: inout ScrubAmount
    ) async throws(UploadError) -> ScrubbedUpload.Outcome {
        let count = min(max(1 << 16, byteCount), extent.length - progress.position)
        let next = progress.position..<progress.position + count
        let (range, cost) = try await examination.portion(of: extent.key, next, blockBytes: 1, budget: byteCount)
        amount.add(bytes: UInt64(range.count), cost: cost)
        let running = RunningHash(progress.hasher ?? SHA256Hasher())
        try await maintenance.blobs.scan(extent.key, range) { running.update($0) }
        progress.hasher = running.current
        progress.position = range.upperBound
        guard progress.position == extent.length else { return .goesOn }
        return running.digest == extent.digest ? .done : .damaged(nil)
    }
}
