import struct Crypto.SHA256
public import SessionCore

/// Reads the stored bytes of all committed and pending uploads, a step at a time, and compares them with the checksums of
/// their blocks; bytes without checksums with their digest. A pass over the store continues where the last process has
/// stopped.
///
/// ```swift
/// var scrubber = store.uploads.maintenance.scrubber()
/// if try await scrubber.isDue(every: 30 * 24 * 60 * 60 * 1000) {
///     let step = try await scrubber.step(byteCount: 16 << 20)
///     for issue in step.issues { log(issue) }
/// }
/// ```
public struct Scrubber<Store: Catalogue, Blobs: BlobStoreMaintenance, Time: WallClock>: Sendable {
    let maintenance: Maintenance<Store, Blobs, Time>
    private var upkeep: Upkeep?
    /// The rest of the current page, in reverse order.
    private var page: [UploadRecord] = []
    /// The extents of an upload whose bytes are being read, in reverse order, and the first one's progress.
    private var current: (record: UploadRecord, extents: [Extent], progress: Progress?)?
    /// The bytes read since the progress was recorded.
    private var unrecorded: UInt64 = 0
    private let recordingInterval: UInt64

    /// How far an extent has been verified.
    private struct Progress: Sendable {
        var layout: SessionLayout
        var position: UInt64 = 0
        /// The bytes that had checksums.
        var verifiedBytes: UInt64 = 0
        /// Hashes all bytes instead, if some have no checksum.
        var hasher: SHA256?
    }

    init(_ maintenance: Maintenance<Store, Blobs, Time>, recordingInterval: UInt64) {
        self.maintenance = maintenance
        self.recordingInterval = recordingInterval
    }

    /// The outcome of a step.
    public struct Step: Sendable {
        public var issues: [CheckIssue] = []
        public var bytesRead: UInt64 = 0
        public var isLast = false
    }

    /// Whether a pass is under way, or the last one began before an interval.
    public mutating func isDue(every milliseconds: Int64) async throws(UploadError) -> Bool {
        let upkeep = try await knownUpkeep()
        guard !upkeep.isScrubbing, let began = upkeep.scrubBegan else { return true }
        return began.advanced(byMilliseconds: milliseconds) <= maintenance.sessions.clock.now()
    }

    /// Verifies about `byteCount` bytes, a block at least; begins a pass unless one is under way.
    ///
    /// - Returns: The damage found, with repairs for pending uploads only.
    /// - Throws: `unavailable` if the catalogue cannot be read or changed; a repeated call continues.
    public mutating func step(byteCount: UInt64) async throws(UploadError) -> Step {
        var upkeep = try await knownUpkeep()
        if !upkeep.isScrubbing {
            upkeep = Upkeep(
                needsVerification: upkeep.needsVerification, scrubBegan: maintenance.sessions.clock.now(),
                isScrubbing: true)
            try await record(upkeep)
        }
        var step = Step()
        while step.bytesRead < byteCount {
            if current == nil, try await !beginNext(after: upkeep.scrubbedThrough, &step) {
                upkeep.isScrubbing = false
                upkeep.scrubbedThrough = nil
                try await record(upkeep)
                step.isLast = true
                break
            }
            guard let record = current?.record else { continue }
            try await continueExtent(atMost: byteCount - min(byteCount, step.bytesRead), &step)
            if current?.extents.isEmpty == true {
                current = nil
                upkeep.scrubbedThrough = record.id
                self.upkeep = upkeep
            }
        }
        unrecorded += step.bytesRead
        if unrecorded >= recordingInterval, !step.isLast { try await self.record(upkeep) }
        return step
    }

    private mutating func knownUpkeep() async throws(UploadError) -> Upkeep {
        if let upkeep { return upkeep }
        let found = try await maintenance.catalogue.upkeep()
        upkeep = found
        return found
    }

    private mutating func record(_ upkeep: Upkeep) async throws(UploadError) {
        try await maintenance.catalogue.setUpkeep(upkeep)
        self.upkeep = upkeep
        unrecorded = 0
    }

    // MARK: - Uploads

    /// - Returns: False after the last upload.
    private mutating func beginNext(after last: SessionId?, _ step: inout Step) async throws(UploadError) -> Bool {
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

    private mutating func continueExtent(atMost byteCount: UInt64, _ step: inout Step) async throws(UploadError) {
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

extension Maintenance where Blobs: BlobStoreMaintenance {
    /// A scrubber of the store. Use one at a time.
    public func scrubber() -> Scrubber<Store, Blobs, Time> {
        // Often enough that little is read twice, seldom enough that the syncs do not count.
        scrubber(recordingInterval: 256 << 20)
    }

    /// - Parameter recordingInterval: The bytes after which the progress is recorded.
    package func scrubber(recordingInterval: UInt64) -> Scrubber<Store, Blobs, Time> {
        Scrubber(self, recordingInterval: recordingInterval)
    }
}
