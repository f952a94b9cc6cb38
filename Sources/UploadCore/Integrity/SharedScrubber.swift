public import SessionCore

/// The part of one engine in the scrub of a store that several engines share: reads what the catalogue leaves to this engine,
/// and compares blocks with their checksums, and blobs without checksums with their digest.
///
/// ```swift
/// var scrubber = uploads.maintenance.sharedScrubber(pace)
/// while true {
///     let step = try await scrubber.step(byteCount: 16 << 20)
///     for issue in step.issues { log(issue) }
///     try await Task.sleep(for: .milliseconds(step.waitMilliseconds))
/// }
/// ```
public struct SharedScrubber<
    Store: SegmentCatalogueMaintenance & ScrubCatalogue, Blobs: SegmentStoreMaintenance, Time: WallClock
>: Sendable {
    private let maintenance: Maintenance<Store, Blobs, Time>
    private let pace: ScrubPace
    /// A step that fails returns its issues with the next one.
    private var reader: ScrubReader<SegmentScrub<Store, Blobs, Time>>
    /// The rest of this engine's stretch, in reverse order. The last one is being read.
    private var stretch: [ScrubTurn.Upload] = []
    /// Since the last turn.
    private var report = ScrubReport()
    private var amount = ScrubAmount()

    init(_ maintenance: Maintenance<Store, Blobs, Time>, _ pace: ScrubPace) {
        self.maintenance = maintenance
        self.pace = pace
        reader = ScrubReader(SegmentScrub(maintenance: maintenance))
    }

    /// The outcome of a step.
    public struct Step: Sendable {
        public let issues: [CheckIssue]
        /// Of uploads. What counts against the rate is more, see `ScrubReport.cost`.
        public let bytesRead: UInt64
        /// The findings of all engines in the scrub that this step has ended; nil if it has ended none.
        public let findingsOfScrub: UInt64?
        /// Whether this engine has something to verify.
        public let isVerifying: Bool
        /// Until the next step complies with the rate of all engines.
        public let waitMilliseconds: Int64
    }

    /// Verifies at a cost of about `byteCount` bytes, at least one block, and takes the next turn.
    ///
    /// - Returns: The damage found. Nothing is changed.
    /// - Throws: `unavailable` if the catalogue or the store does not answer, which is no damage; a repeated call continues.
    public mutating func step(byteCount: UInt64) async throws(UploadError) -> Step {
        while amount.cost < byteCount {
            let before = amount
            do throws(UploadError) {
                guard try await verifyMore(atMost: byteCount - before.cost) else { break }
            } catch {
                // What was not verified takes no turn: that would keep the stretch from engines that can read it.
                amount = before
                throw error
            }
        }
        report.findings = UInt64(reader.issues.count)
        report.cost = amount.cost
        let turn = try await maintenance.catalogue.takeScrubTurn(report, pace)
        let bytesRead = amount.bytes
        (report, amount) = (ScrubReport(), ScrubAmount())
        var findings: UInt64?
        stretch = []
        switch turn.work {
        case .verify(let uploads): stretch = uploads.reversed()
        case .nothing: break
        case .complete(let all): findings = all
        }
        // The stretch was given to another engine.
        if reader.current?.record.id != stretch.last?.id { reader.abandon() }
        return Step(
            issues: reader.takeIssues(), bytesRead: bytesRead, findingsOfScrub: findings,
            isVerifying: !stretch.isEmpty, waitMilliseconds: turn.waitMilliseconds)
    }

    /// Leaves the rest of this engine's stretch to others at once. Take no step afterwards.
    ///
    /// - Throws: `unavailable`; others take the stretch ten minutes after this engine should have taken its next step.
    public func leave() async throws(UploadError) {
        try await maintenance.catalogue.leaveScrub()
    }

    /// - Returns: False at the end of the stretch.
    private mutating func verifyMore(atMost byteCount: UInt64) async throws(UploadError) -> Bool {
        guard let upload = stretch.last else { return false }
        if reader.current == nil {
            if let record = try await maintenance.catalogue.upload(upload.id) {
                try await reader.begin(record, &amount)
                return true
            }
            // Removed since.
        } else if try await reader.continueUpload(atMost: byteCount, &amount) == nil {
            return true
        }
        stretch.removeLast()
        report.lastVerified = upload.number
        return true
    }
}

extension Maintenance where Store: SegmentCatalogueMaintenance & ScrubCatalogue, Blobs: SegmentStoreMaintenance {
    /// This engine's part in the scrub of the store. Use one at a time.
    public func sharedScrubber(_ pace: ScrubPace) -> SharedScrubber<Store, Blobs, Time> {
        SharedScrubber(self, pace)
    }
}
