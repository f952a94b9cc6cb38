import SessionCore
import Synchronization

/// Idle uploads give way to new ones of their caller once it has reached its limits.
extension SessionCompat {
    /// Uploads that give way at a time, so that a caller at its limit does not pay for each new upload.
    private static var evictionBatch: Int { 16 }

    /// Records a new upload. If the caller has reached a limit of pending uploads, its idle ones give way, the oldest
    /// first.
    func begin(_ draft: UploadDraft, checkAccess: @escaping AccessCheck) async throws(UploadError) -> Began {
        while true {
            do throws(UploadError) {
                return try await catalogue.begin(draft, checkAccess: checkAccess)
            } catch {
                guard error.isOfPendingUploads, try await evictIdle(of: draft.record.meta.caller) else { throw error }
            }
        }
    }

    /// Expires idle uploads of a caller.
    ///
    /// - Returns: Whether there were any.
    private func evictIdle(of caller: Principal) async throws(UploadError) -> Bool {
        let (now, uptime) = (clock.now(), clock.uptimeMilliseconds())
        guard let cutoff = eviction.withLock({ $0?.cutoff(of: caller, now: now, uptime: uptime) }) else { return false }
        let found = try await catalogue.pendingLastSeen(before: cutoff, of: caller, limit: Self.evictionBatch)
        var evicted = 0
        for id in found {
            if try await expire(id, unlessSeenSince: cutoff) { evicted += 1 }
        }
        if evicted == 0 { eviction.withLock { $0?.foundNone(of: caller, uptime: uptime) } }
        return evicted > 0
    }
}

extension UploadError {
    fileprivate var isOfPendingUploads: Bool {
        guard case .limitExceeded(let name, _, _) = reason else { return false }
        return switch name {
        case .activeUploads, .activeUploadsPerCaller, .pendingBytes: true
        default: false
        }
    }
}

/// Which uploads are idle, and whose are not looked for again: a caller at its limit that has no idle uploads would
/// otherwise have all its uploads searched with each attempt.
struct Eviction: Sendable {
    /// The time between two searches in vain for the uploads of one caller.
    private static let pauseMilliseconds: Int64 = 10_000
    private static let callersMax = 10_000

    private var clock: ExpiryClock
    /// The uptime of the last search in vain.
    private var searched: [Principal: Int64] = [:]

    init(clock: ExpiryClock) {
        self.clock = clock
    }

    /// - Returns: Pending uploads last seen before this time are idle; nil if none is, or if there were none a moment ago.
    mutating func cutoff(of caller: Principal, now: Timestamp, uptime: Int64) -> Timestamp? {
        let cutoff = clock.cutoff(now: now, uptime: uptime)
        if let last = searched[caller], uptime - last < Self.pauseMilliseconds { return nil }
        return cutoff
    }

    mutating func foundNone(of caller: Principal, uptime: Int64) {
        if searched.count >= Self.callersMax { searched = [:] }
        searched[caller] = uptime
    }
}
