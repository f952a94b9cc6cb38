import SessionCore
import UploadCore
import Wharf

/// The steps of a scrub, for `StoreScrubber`.
protocol ScrubLoop: Sendable {
    /// - Throws: A failure after which the same is tried again.
    mutating func step() async throws(UploadError) -> ScrubLoopStep?
    /// Called once, after the last step.
    func end() async throws(UploadError)
}

/// The outcome of a step; there is none while nothing is to be verified.
struct ScrubLoopStep: Sendable {
    let issues: [CheckIssue]
    let bytesRead: UInt64
    /// All findings of the scrub that this step has ended; nil if it has ended none.
    let findingsOfScrub: UInt64?
    /// The pause before the next step complies with the rate.
    let waitMilliseconds: Int64
}

/// A store that only this process has.
struct OwnScrub: ScrubLoop {
    private var scrubber: EmbeddedStore.Scrubber
    private let pace: ScrubPace
    /// Of the scrub under way.
    private var findings: UInt64 = 0

    /// The bytes of a step are read at once.
    private static let stepBytesMax: UInt64 = 4 << 20

    init(_ scrubber: EmbeddedStore.Scrubber, _ pace: ScrubPace) {
        self.scrubber = scrubber
        self.pace = pace
    }

    mutating func step() async throws(UploadError) -> ScrubLoopStep? {
        guard try await scrubber.isDue(every: pace.intervalMilliseconds) else { return nil }
        let step = try await scrubber.step(byteCount: min(pace.bytesPerSecond, Self.stepBytesMax))
        findings += UInt64(step.issues.count)
        defer { if step.isLast { findings = 0 } }
        return ScrubLoopStep(
            issues: step.issues, bytesRead: step.bytesRead, findingsOfScrub: step.isLast ? findings : nil,
            waitMilliseconds: Int64(min(step.cost, 1 << 50) * 1000 / pace.bytesPerSecond))
    }

    /// Its next run goes on from the progress that was saved.
    func end() {}
}

/// A store that several processes have.
struct SharedScrub<
    Store: SegmentCatalogueMaintenance & ScrubCatalogue, Blobs: SegmentStoreMaintenance, Time: WallClock
>: ScrubLoop {
    private var scrubber: SharedScrubber<Store, Blobs, Time>
    private let byteCount: UInt64

    /// Most segments have 16 MiB. A step that reads less asks for the same segment again, and an engine may charge requests.
    private static var stepBytesMin: UInt64 { 16 << 20 }
    private static var stepBytesMax: UInt64 { 64 << 20 }

    init(_ scrubber: SharedScrubber<Store, Blobs, Time>, _ pace: ScrubPace) {
        self.scrubber = scrubber
        byteCount = min(max(pace.bytesPerSecond, Self.stepBytesMin), Self.stepBytesMax)
    }

    mutating func step() async throws(UploadError) -> ScrubLoopStep? {
        let step = try await scrubber.step(byteCount: byteCount)
        guard step.isVerifying || step.bytesRead > 0 || !step.issues.isEmpty || step.findingsOfScrub != nil else {
            return nil
        }
        return ScrubLoopStep(
            issues: step.issues, bytesRead: step.bytesRead, findingsOfScrub: step.findingsOfScrub,
            waitMilliseconds: step.waitMilliseconds)
    }

    func end() async throws(UploadError) { try await scrubber.leave() }
}
