public import SessionCore

/// Scrubs a store: reads the stored bytes of all committed and pending uploads, a step at a time, and compares blocks with
/// their checksums, and blobs without checksums with their digest. A scrub resumes after a restart.
///
/// ```swift
/// var scrubber = store.uploads.maintenance.scrubber()
/// if try await scrubber.isDue(every: 30 * 24 * 60 * 60 * 1000) {
///     let step = try await scrubber.step(byteCount: 16 << 20)
///     for issue in step.issues { log(issue) }
/// }
/// ```
public struct Scrubber<Store: Catalogue, Blobs: BlobStoreMaintenance, Time: WallClock>: Sendable {
    private let maintenance: Maintenance<Store, Blobs, Time>
    private var state: MaintenanceState?
    /// The rest of the current page, in reverse order.
    private var page: [UploadRecord] = []
    /// A step that fails returns its issues with the next one.
    private var reader: ScrubReader<FileScrub<Store, Blobs, Time>>
    /// The bytes read since the progress was saved.
    private var unsavedBytes: UInt64 = 0
    private let savingInterval: UInt64

    init(_ maintenance: Maintenance<Store, Blobs, Time>, savingInterval: UInt64) {
        self.maintenance = maintenance
        reader = ScrubReader(FileScrub(maintenance: maintenance))
        self.savingInterval = savingInterval
    }

    /// The outcome of a step.
    public struct Step: Sendable {
        public let issues: [CheckIssue]
        /// Of uploads.
        public let bytesRead: UInt64
        /// What counts against a rate of bytes: those that were read, and something for each upload.
        public let cost: UInt64
        /// Whether the scrub is complete.
        public let isLast: Bool
    }

    /// Whether a scrub is under way, or the last one began at least an interval ago.
    public mutating func isDue(every milliseconds: Int64) async throws(UploadError) -> Bool {
        let state = try await knownState()
        guard !state.isScrubbing, let began = state.scrubBegan else { return true }
        return began.advanced(byMilliseconds: milliseconds) <= maintenance.sessions.clock.now()
    }

    /// Verifies at a cost of about `byteCount` bytes, at least one block; begins a scrub unless one is under way. A scrub covers the
    /// uploads that were begun before it.
    ///
    /// - Returns: The damage found, with repairs for pending uploads only.
    /// - Throws: `unavailable` if the catalogue cannot be read or changed; a repeated call continues.
    public mutating func step(byteCount: UInt64) async throws(UploadError) -> Step {
        var state = try await knownState()
        if !state.isScrubbing {
            state.scrubbedThrough = nil
            state.scrubBegan = maintenance.sessions.clock.now()
            state.isScrubbing = true
            try await save(state)
        }
        var (amount, isLast) = (ScrubAmount(), false)
        while amount.cost < byteCount, !isLast {
            if reader.current == nil {
                isLast = try await !beginNext(in: state, &amount)
            } else if let done = try await reader.continueUpload(
                atMost: byteCount - amount.cost, &amount)
            {
                state.scrubbedThrough = done
                self.state = state
            }
        }
        unsavedBytes += amount.cost
        if isLast {
            state.scrubbedThrough = nil
            state.isScrubbing = false
        }
        if isLast || unsavedBytes >= savingInterval { try await save(state) }
        return Step(issues: reader.takeIssues(), bytesRead: amount.bytes, cost: amount.cost, isLast: isLast)
    }

    /// Begins the next upload.
    ///
    /// - Returns: False after the last one.
    private mutating func beginNext(
        in state: MaintenanceState, _ amount: inout ScrubAmount
    ) async throws(UploadError) -> Bool {
        if page.isEmpty {
            page = try await maintenance.sessions.listAllSessions(after: state.scrubbedThrough)
                .map(\.record).reversed()
        }
        guard let record = page.last else { return false }
        // Otherwise a scrub that is slower than the arrival of new uploads would never end.
        if let began = state.scrubBegan, record.session.meta.createdAt > began { return false }
        try await reader.begin(record, &amount)
        page.removeLast()
        return true
    }

    private mutating func knownState() async throws(UploadError) -> MaintenanceState {
        if let state { return state }
        let found = try await maintenance.catalogue.maintenanceState()
        state = found
        return found
    }

    private mutating func save(_ state: MaintenanceState) async throws(UploadError) {
        try await maintenance.catalogue.setMaintenanceState(state)
        self.state = state
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
