package import SessionCore
import Synchronization
package import UploadCore
import UploadMemories
package import UploadTestKit

/// How time passes in a history.
package struct Pace: Sendable {
    /// The most milliseconds by which an operation advances the clocks: mostly, and now and then.
    package var stepMax = 20_000
    package var leapMax = 90_000
    /// Whether the time of day is set back and forth.
    package var setsClock = true
    /// The most milliseconds by which the clock of a node differs from the time, which may make an upload look older and
    /// its last use earlier.
    package var skew: Int64 = 0
    /// How long the segments of a request can certainly be recorded, in milliseconds; nil without segments.
    package var announcementLifetime: Int64?

    package init() {}

    /// The most that an upload looks older than it is.
    var slack: Int64 { 2 * skew }
}

/// A point in uptime, because the time of day is stepped back and forth.
struct Moment: Comparable, Sendable {
    let uptimeMilliseconds: Int64
    /// The sum of the forward steps of the time of day so far.
    let stepsForward: Int64

    func advanced(byMilliseconds span: Int64) -> Moment {
        Moment(uptimeMilliseconds: uptimeMilliseconds + span, stepsForward: stepsForward)
    }

    static func < (left: Moment, right: Moment) -> Bool { left.uptimeMilliseconds < right.uptimeMilliseconds }
}

/// The shared state of the clients of one history: the clock, the randomness, and the expectation of every upload.
package final class World: Sendable {
    struct State: Sendable {
        var random: SeededRandom
        var uploads: [SessionId: Expectation] = [:]
        /// In the order of insertion, so that choices are reproducible.
        var order: [SessionId] = []
        /// Begins with an unknown outcome.
        var unknownBegins = 0
        var capsule: CapsuleId?
        /// The token of a link to the capsule.
        var guestToken: LinkToken?
        var violation: Violation?
        var trace: [String] = []
        var answers: [String: Int] = [:]
        var sweepsUnderWay = 0
        /// When the operations under way began, in uptime, by client.
        var operations: [String: Int64] = [:]
        var memories: [MemoryId: MemoryExpectation] = [:]
        /// The titles that the capsule may have: the last acknowledged one, and those of attempts since.
        var titles: [String] = ["wedding"]
        var renamesUnderWay = 0
        /// Whether any of these began during another one: either may then be the last.
        var renamesOverlap = false
        /// The sum of the forward steps of the time of day, and its part before the store was opened.
        var stepsForward: Int64 = 0
        var stepsBeforeOpening: Int64 = 0
    }

    /// Fifty years: the time of day is stepped.
    package static let linkLifetimeMilliseconds: Int64 = 50 * 366 * 24 * 60 * 60 * 1000

    /// Distinguishes memories of clients from derived ones.
    static let memoryTitle = "the kiss"

    package let clock = ManualClock()
    package let limits: Limits
    package let pace: Pace
    package let owner = Principal("anna")
    let writers = [Principal("anna"), Principal("ben")]
    /// Who begins an upload: one of the writers, or now and then the bearer of the link.
    func uploader(_ index: Int, seed: UInt64, mayBeGuest: Bool = true) -> Principal {
        guard seed % 4 == 0, mayBeGuest, let guest = with({ $0.guestToken?.link }) else { return writers[index] }
        return Principal(guest)
    }

    let stranger = Principal("mallory")
    /// Whether calls of the file system fail at random, so that any operation may answer `unavailable` or `store_full`.
    let hasFaults: Bool
    /// The numbers of the lines of the trace.
    private let step: @Sendable () -> Int
    private let state: Mutex<State>

    package init(
        seed: UInt64, limits: Limits, hasFaults: Bool, pace: Pace = Pace(), step: @escaping @Sendable () -> Int
    ) {
        self.step = step
        state = Mutex(State(random: SeededRandom(seed: seed)))
        self.hasFaults = hasFaults
        self.limits = limits
        self.pace = pace
    }

    /// The limits of a single store.
    ///
    /// - Parameter isDiskSmall: Whether the disk fills up.
    static func limits(isDiskSmall: Bool) -> Limits {
        var limits = Limits()
        limits.timeToLiveMilliseconds = 60_000
        limits.expiryGraceMilliseconds = 1_000
        limits.endedRetentionMilliseconds = 90_000
        limits.linkLifetimeMaxMilliseconds = World.linkLifetimeMilliseconds
        limits.catalogueBytesMax = 1_500
        limits.activeUploadsMax = 12
        // Reached now and then: its sums are checked after each crash.
        limits.quotaBytes = 200_000
        limits.idleUploadsMax = 3
        // The reserve, half of it, has to suffice for the longest log.
        limits.freeBytesMin = isDiskSmall ? 400 << 10 : 8 << 10
        // Small enough to be reached: steps of the hash, checkpoints of bodies and of the log.
        limits.scanStepBytes = 700
        limits.checkpointIntervalMilliseconds = 10
        limits.logPagesMax = 20
        return limits
    }

    package var violation: Violation? { with { $0.violation } }
    package var answers: [String: Int] { with { $0.answers } }

    func with<Value: Sendable>(_ body: (inout State) -> Value) -> Value {
        state.withLock { state in body(&state) }
    }

    func now() -> Moment {
        Moment(uptimeMilliseconds: clock.uptimeMilliseconds(), stepsForward: with { $0.stepsForward })
    }

    package func draw<Value: Sendable>(_ body: (inout SeededRandom) -> Value) -> Value {
        with { body(&$0.random) }
    }

    subscript(_ id: SessionId) -> Expectation? {
        with { $0.uploads[id] }
    }

    /// All uploads, in the order in which they were begun.
    package var expectations: [Expectation] { with { state in state.order.compactMap { state.uploads[$0] } } }

    func update(_ id: SessionId, _ change: (inout Expectation) -> Void) {
        with { state in
            guard var upload = state.uploads[id] else { return }
            change(&upload)
            state.uploads[id] = upload
        }
    }

    /// - Returns: When the oldest operation under way began, in uptime.
    func beginOperation(of client: String) -> Int64 {
        let now = clock.uptimeMilliseconds()
        return with { state in
            state.operations[client] = now
            return state.operations.values.min() ?? now
        }
    }

    func endOperation(of client: String) { with { $0.operations[client] = nil } }

    /// Notes an attempted commit, which may also complete each concatenation of this upload.
    func mayCommit(_ id: SessionId) {
        for other in with({ $0.order }) {
            update(other) { if other == id || $0.parts.contains(id) { $0.mayBeCommitted = true } }
        }
    }

    /// Notes an acknowledged use that began at `time`. A full disk may not have recorded it: then a crash forgets it.
    func noteUse(_ id: SessionId, since time: Moment, _ change: (inout Expectation) -> Void) {
        let (isQuiet, steps) = with { ($0.sweepsUnderWay == 0, $0.stepsBeforeOpening) }
        update(id) { upload in
            change(&upload)
            if !hasFaults { upload.lastUse = max(upload.lastUse, time) }
            upload.mayHaveExpired = isDue(upload, steps) || !isQuiet && upload.mayHaveExpired
        }
    }

    private func isDue(_ upload: Expectation, _ stepsBeforeOpening: Int64) -> Bool {
        age(of: upload.lastUse, stepsBeforeOpening) > limits.timeToLiveMilliseconds
    }

    /// Clock steps age no upload, except those before the store was opened, which the process cannot know.
    private func age(of moment: Moment, _ stepsBeforeOpening: Int64) -> Int64 {
        let forgotten = max(0, stepsBeforeOpening - moment.stepsForward)
        return clock.uptimeMilliseconds() - moment.uptimeMilliseconds + forgotten + pace.slack
    }

    /// Notes a request that may end an upload.
    func noteEndAttempt(_ id: SessionId) {
        let now = now()
        update(id) { upload in
            upload.mayBeAborted = true
            upload.firstEndAttempt = upload.firstEndAttempt ?? now
        }
    }

    /// Whether an upload may have ended longer ago than its retention.
    func mayBeRemoved(_ upload: Expectation) -> Bool {
        let steps = with { $0.stepsBeforeOpening }
        // It expires after its last use.
        let ages = [upload.lastUse, upload.firstEndAttempt].compactMap(\.self).map { age(of: $0, steps) }
        return upload.mayHaveEnded && ages.contains { $0 > limits.endedRetentionMilliseconds }
    }

    /// Lets time pass. From here on uploads unused for their time to live may expire, and no others.
    package func advance(milliseconds: Int64) {
        clock.advance(milliseconds: milliseconds)
        notePassedTime()
    }

    /// Notes what a sweep has expired.
    package func noteExpired(_ ids: [SessionId]) {
        for id in ids {
            guard let upload = self[id] else { continue }
            if !upload.mayHaveEnded { report(Violation("expired too early: \(id.text)")) }
            update(id) { $0.hasEnded = true }
        }
    }

    /// Sets the time of day, as an operator or NTP does.
    func step(milliseconds: Int64) {
        clock.step(milliseconds: milliseconds)
        with { $0.stepsForward += max(0, milliseconds) }
    }

    package func noteOpening() {
        with { $0.stepsBeforeOpening = $0.stepsForward }
        notePassedTime()
    }

    private func notePassedTime() {
        let steps = with { $0.stepsBeforeOpening }
        for id in with({ $0.order }) {
            update(id) { upload in
                if isDue(upload, steps), !upload.isCommitted || upload.isPartial { upload.mayHaveExpired = true }
            }
        }
    }

    func insert(_ new: Expectation) {
        var upload = new
        // The clock may have advanced, and a sweep run, before the begin was answered.
        upload.mayHaveExpired = isDue(upload, with { $0.stepsBeforeOpening })
        with { state in
            guard state.uploads[upload.id] == nil else { return }
            state.uploads[upload.id] = upload
            state.order.append(upload.id)
        }
    }

    package func report(_ violation: Violation) {
        with { state in
            state.trace.append("VIOLATION \(violation)")
            if state.violation == nil { state.violation = violation }
        }
    }

    package func note(_ line: String) {
        let step = step()
        with { state in
            state.trace.append("\(step) \(line)")
            if state.trace.count > 400 { state.trace.removeFirst(100) }
        }
    }

    /// Counts the answers of operations, so that a test can check that histories cover the intended cases.
    package func count(_ operation: String, _ answer: String) {
        with { $0.answers["\(operation): \(answer)", default: 0] += 1 }
    }
}
