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
    /// The upload whose bytes are being read.
    var current: ScrubbedUpload?
    /// Found, and not returned yet: a step that fails returns them with the next one.
    var issues: [CheckIssue] = []
    /// The bytes read since the progress was saved.
    private var unsavedBytes: UInt64 = 0
    private let savingInterval: UInt64

    init(_ maintenance: Maintenance<Store, Blobs, Time>, savingInterval: UInt64) {
        self.maintenance = maintenance
        self.savingInterval = savingInterval
    }

    /// The outcome of a step.
    public struct Step: Sendable {
        public let issues: [CheckIssue]
        public let bytesRead: UInt64
        /// Whether the pass is complete.
        public let isLast: Bool
    }

    /// Whether a pass is under way, or the last one began before an interval.
    public mutating func isDue(every milliseconds: Int64) async throws(UploadError) -> Bool {
        let upkeep = try await knownUpkeep()
        guard !upkeep.isScrubbing, let began = upkeep.scrubBegan else { return true }
        return began.advanced(byMilliseconds: milliseconds) <= maintenance.sessions.clock.now()
    }

    /// Verifies about `byteCount` bytes, a block at least; begins a pass unless one is under way. A pass ends with the
    /// uploads that were begun before it.
    ///
    /// - Returns: The damage found, with repairs for pending uploads only.
    /// - Throws: `unavailable` if the catalogue cannot be read or changed; a repeated call continues.
    public mutating func step(byteCount: UInt64) async throws(UploadError) -> Step {
        var upkeep = try await knownUpkeep()
        if !upkeep.isScrubbing {
            upkeep.scrubbedThrough = nil
            upkeep.scrubBegan = maintenance.sessions.clock.now()
            upkeep.isScrubbing = true
            try await save(upkeep)
        }
        var (bytesRead, isLast): (UInt64, Bool) = (0, false)
        while bytesRead < byteCount, !isLast {
            if current == nil {
                isLast = try await !beginNext(in: upkeep, &bytesRead)
            } else if let done = try await continueUpload(atMost: byteCount - bytesRead, &bytesRead) {
                upkeep.scrubbedThrough = done
                self.upkeep = upkeep
            }
        }
        unsavedBytes += bytesRead
        if isLast {
            upkeep.scrubbedThrough = nil
            upkeep.isScrubbing = false
        }
        if isLast || unsavedBytes >= savingInterval { try await save(upkeep) }
        defer { issues = [] }
        return Step(issues: issues, bytesRead: bytesRead, isLast: isLast)
    }

    private mutating func knownUpkeep() async throws(UploadError) -> Upkeep {
        if let upkeep { return upkeep }
        let found = try await maintenance.catalogue.upkeep()
        upkeep = found
        return found
    }

    private mutating func save(_ upkeep: Upkeep) async throws(UploadError) {
        try await maintenance.catalogue.setUpkeep(upkeep)
        self.upkeep = upkeep
        unsavedBytes = 0
    }
}

extension Maintenance where Blobs: BlobStoreMaintenance {
    /// A scrubber of the store. Use one at a time.
    public func scrubber() -> Scrubber<Store, Blobs, Time> {
        // Often enough that little is read twice, seldom enough that the syncs do not count.
        scrubber(savingInterval: 256 << 20)
    }

    /// - Parameter savingInterval: The bytes after which the progress is saved.
    package func scrubber(savingInterval: UInt64) -> Scrubber<Store, Blobs, Time> {
        Scrubber(self, savingInterval: savingInterval)
    }
}
