public import SessionCore

/// The scrub that engines with a shared catalogue make together, by taking turns.
///
/// A scrub covers the uploads that were begun before it. An engine holds a *stretch* of them, which no other engine
/// verifies meanwhile, and gets another one when it has verified it. What an engine holds that takes no turn any more is
/// given to another one after a time. The catalogue's clock decides when a scrub is due, when a stretch is given away, and
/// how long each engine waits, so that all of them together keep the rate.
public protocol ScrubCatalogue: Sendable {
    /// Records what this engine has verified since its last turn, and tells it what to verify next. Begins a scrub if one is
    /// due and none is under way, and ends it with its last stretch.
    ///
    /// - Throws: `unavailable`. A repeated call may count bytes and findings twice.
    func takeScrubTurn(_ report: ScrubReport, _ pace: ScrubPace) async throws(UploadError) -> ScrubTurn

    /// Lets other engines verify the rest of this engine's stretch at once, before this one stops. What it has verified since its
    /// last turn is verified again.
    ///
    /// - Throws: `unavailable`; others take the stretch later.
    func leaveScrub() async throws(UploadError)
}

/// How often and how fast engines scrub. It should be the same for all of them.
public struct ScrubPace: Hashable, Sendable {
    /// From the beginning of one scrub to that of the next.
    public let intervalMilliseconds: Int64
    /// Of all engines together; at least 1.
    public let bytesPerSecond: UInt64

    public init(intervalMilliseconds: Int64, bytesPerSecond: UInt64) {
        self.intervalMilliseconds = max(0, intervalMilliseconds)
        self.bytesPerSecond = max(1, bytesPerSecond)
    }
}

/// What an engine has verified since its last turn.
public struct ScrubReport: Hashable, Sendable {
    /// The number of the last upload; nil for none.
    public var lastVerified: Int64?
    /// In bytes. A request that returns few bytes counts for 128 KiB, and each upload for some, so that a rate of bytes limits the
    /// requests, too.
    public var cost: UInt64
    public var findings: UInt64

    public init(lastVerified: Int64? = nil, cost: UInt64 = 0, findings: UInt64 = 0) {
        self.lastVerified = lastVerified
        self.cost = cost
        self.findings = findings
    }
}

/// What an engine does next.
public struct ScrubTurn: Hashable, Sendable {
    /// An upload, with its number in the order of the scrub.
    public struct Upload: Hashable, Sendable {
        public let number: Int64
        public let id: SessionId

        public init(number: Int64, id: SessionId) {
            self.number = number
            self.id = id
        }
    }

    public enum Work: Hashable, Sendable {
        /// The rest of this engine's stretch, in the order of the numbers; at least one.
        case verify([Upload])
        /// No scrub is due, or other engines verify the rest of it.
        case nothing
        /// This turn has ended the scrub, with the findings of all engines.
        case complete(findings: UInt64)
    }

    public let work: Work
    /// Until the bytes that all engines have read comply with the rate.
    public let waitMilliseconds: Int64

    public init(_ work: Work, waitMilliseconds: Int64) {
        self.work = work
        self.waitMilliseconds = waitMilliseconds
    }
}
