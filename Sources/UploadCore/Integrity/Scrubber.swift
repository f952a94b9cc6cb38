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
    var page: [UploadRecord] = []
    /// The extents of an upload whose bytes are being read, in reverse order, and the first one's progress.
    var current: (record: UploadRecord, extents: [Extent], progress: Progress?)?
    /// The bytes read since the progress was recorded.
    private var unrecorded: UInt64 = 0
    private let recordingInterval: UInt64

    /// How far an extent has been verified.
    struct Progress: Sendable {
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
