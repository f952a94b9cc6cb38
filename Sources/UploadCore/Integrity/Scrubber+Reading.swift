import SessionCore

extension Scrubber {
    /// Begins the next upload.
    ///
    /// - Returns: False after the last one.
    mutating func beginNext(in state: MaintenanceState, _ bytesRead: inout UInt64) async throws(UploadError) -> Bool {
        if page.isEmpty {
            page = try await maintenance.sessions.listAllSessions(after: state.scrubbedThrough)
                .map(\.record).reversed()
        }
        guard let record = page.last else { return false }
        // Otherwise a scrub that is slower than the arrival of new uploads would never end.
        if let began = state.scrubBegan, record.session.meta.createdAt > began { return false }
        let parts: [ScrubbedUpload.Part] =
            switch record.session.meta.status {
            case .committed: try await extents(of: record).map { .extent($0) }
            case .pending where record.parts.isEmpty && record.meta.storage == .file:
                record.session.durableRanges.map { .durable($0) }
            case .pending, .aborted, .expired: []
            }
        // Reading a row costs about as much as so many bytes.
        bytesRead += 4 << 10
        page.removeLast()
        current = ScrubbedUpload(record: record, parts: parts.reversed())
        return true
    }

    /// The bytes that no other upload is verified for: its own, and those of parts that have ended.
    private func extents(of record: UploadRecord) async throws(UploadError) -> [Extent] {
        if record.parts.isEmpty { return Extent.own(of: record) }
        var extents: [Extent] = []
        for extent in try await maintenance.extents(of: record)
        where (try? await maintenance.isCommitted(extent.source)) != true {
            extents.append(extent)
        }
        return extents
    }

    /// Verifies more bytes of the current upload.
    ///
    /// - Returns: Its id once it is done.
    mutating func continueUpload(
        atMost byteCount: UInt64, _ bytesRead: inout UInt64
    ) async throws(UploadError) -> SessionId? {
        guard var upload = current else { return nil }
        guard let part = upload.parts.last else {
            current = nil
            return upload.record.id
        }
        let outcome: ScrubbedUpload.Outcome
        do throws(UploadError) {
            outcome = try await verify(part, &upload, atMost: byteCount, &bytesRead)
        } catch {
            try await report(error, part, upload.record)
            outcome = .done
        }
        switch outcome {
        case .goesOn: break
        case .done: upload.endPart()
        case .damaged(let ranges):
            try await report(ranges, part, upload.record)
            upload.endPart()
        case .found(let issue):
            if try await isUnchanged(upload.record) { issues.append(issue) }
            upload.endPart()
        }
        current = upload
        return nil
    }

    // MARK: - Bytes

    private func verify(
        _ part: ScrubbedUpload.Part, _ upload: inout ScrubbedUpload, atMost byteCount: UInt64,
        _ bytesRead: inout UInt64
    ) async throws(UploadError) -> ScrubbedUpload.Outcome {
        switch part {
        case .durable(let range):
            let session = upload.record.session
            var progress =
                upload.progress
                ?? ScrubbedUpload.Progress(layout: session.spec.layout, position: range.lowerBound)
            let found = try await verifyBlocks(
                upload.record.meta.key, of: upload.record.id, &progress, until: range.upperBound,
                end: session.durableEnd, atMost: byteCount, &bytesRead)
            upload.progress = progress
            if !found.isEmpty { return .damaged(progress.layout.ranges(ofBlocks: found)) }
            return progress.position == range.upperBound ? .done : .goesOn
        case .extent(let extent) where extent.storage == .catalogue:
            bytesRead += extent.length
            return try await maintenance.sessions.digest(of: [extent]) == extent.digest ? .done : .damaged([])
        case .extent(let extent):
            let known = upload.progress
            if known == nil, let issue = try await maintenance.verifySize(of: extent, of: upload.record) {
                return .found(issue)
            }
            let begun = known == nil ? try await begin(extent) : nil
            guard var progress = known ?? begun else { return .done }
            defer { upload.progress = progress }
            if progress.hasher != nil {
                return try await hash(extent, &progress, atMost: byteCount, &bytesRead)
            }
            let found = try await verifyBlocks(
                extent.key, of: extent.source, &progress, until: extent.length, end: extent.length, atMost: byteCount,
                &bytesRead)
            if !found.isEmpty { return .damaged([]) }
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
        end durableEnd: UInt64, atMost byteCount: UInt64, _ bytesRead: inout UInt64
    ) async throws(UploadError) -> [UInt64] {
        let blockBytes = progress.layout.blockBytes
        let count = max(1, byteCount / blockBytes) * blockBytes
        let range = progress.position..<progress.position + min(count, end - progress.position)
        bytesRead += UInt64(range.count)
        let found = try await maintenance.sessions.verify(key, of: id, progress.layout, in: range, end: durableEnd)
        progress.position = range.upperBound
        progress.verifiedBytes += found.verifiedBytes
        return found.damaged
    }

    private func hash(
        _ extent: Extent, _ progress: inout ScrubbedUpload.Progress, atMost byteCount: UInt64,
        _ bytesRead: inout UInt64
    ) async throws(UploadError) -> ScrubbedUpload.Outcome {
        let count = min(max(1 << 16, byteCount), extent.length - progress.position)
        let range = progress.position..<progress.position + count
        bytesRead += count
        let running = RunningHash(progress.hasher ?? SHA256Hasher())
        try await maintenance.blobs.scan(extent.key, range) { running.update($0) }
        progress.hasher = running.current
        progress.position = range.upperBound
        guard progress.position == extent.length else { return .goesOn }
        return running.digest == extent.digest ? .done : .damaged([])
    }
}

extension ScrubbedUpload {
    fileprivate mutating func endPart() {
        parts.removeLast()
        progress = nil
    }
}

// MARK: - Findings

extension Scrubber {
    private mutating func report(
        _ ranges: [Range<UInt64>], _ part: ScrubbedUpload.Part, _ record: UploadRecord
    ) async throws(UploadError) {
        guard try await isUnchanged(record) else { return }
        let issue =
            switch part {
            case .durable: try await maintenance.issue(ofDamaged: ranges, in: record)
            case .extent:
                CheckIssue(
                    kind: .digestMismatch, upload: record.id, detail: "\(place(of: part, record)) has damaged bytes",
                    repair: nil)
            }
        issues.append(issue)
    }

    /// Reports bytes that cannot be read.
    ///
    /// - Throws: The error, if only the catalogue fails.
    private mutating func report(
        _ error: UploadError, _ part: ScrubbedUpload.Part, _ record: UploadRecord
    ) async throws(UploadError) {
        guard try await isUnchanged(record) else { return }
        if error.code == .unavailable, await isReadable(part, record) { throw error }
        if error.code == .storeCorrupt, case .durable(let range) = part {
            // The file is missing or ends too early.
            issues.append(try await maintenance.issue(ofDamaged: [range], in: record))
            return
        }
        issues.append(
            CheckIssue(
                kind: .unreadable, upload: record.id, detail: "\(place(of: part, record)): \(error.debugDescription)",
                repair: nil))
    }

    private func isReadable(_ part: ScrubbedUpload.Part, _ record: UploadRecord) async -> Bool {
        let (key, range) =
            switch part {
            case .durable(let range): (record.meta.key, range)
            case .extent(let extent): (extent.key, 0..<(extent.storage == .file ? extent.length : 0))
            }
        return (try? await maintenance.blobs.scan(key, range) { _ in }) != nil
    }

    /// Whether an upload is still what it was: the bytes of one that has ended are gone.
    private func isUnchanged(_ record: UploadRecord) async throws(UploadError) -> Bool {
        try await maintenance.catalogue.upload(record.id)?.session.meta.status == record.session.meta.status
    }

    private func place(of part: ScrubbedUpload.Part, _ record: UploadRecord) -> String {
        switch part {
        case .durable: maintenance.place(of: record.meta.key, record)
        case .extent(let extent): maintenance.place(of: extent, record)
        }
    }
}
