import SessionCore
import Synchronization
import UploadCore

/// What a browser may download without the caller's token: a browser sends none for links and films, and an address
/// with the token itself would be in logs and histories.
struct DownloadGrant: Hashable, Sendable {
    let blobs: [BlobId]
    /// The name of the archive; nil for a single blob as it is.
    let archive: String?
    /// Whose access counts when the download begins.
    let principal: Principal
}

/// The tickets of prepared downloads, in memory: a restart of the server ends them, and the caller asks for another one.
///
/// A ticket for an archive is used once. One for a file can be used until it expires, since a film is read in ranges.
final class DownloadTickets: Sendable {
    /// The time in which a download is to begin, and a film to be played.
    static let lifetimeMilliseconds: Int64 = 600_000

    private struct Ticket {
        let grant: DownloadGrant
        let expiresAt: Timestamp
    }

    private struct State {
        var tickets: [String: Ticket] = [:]
        /// In the order of their creation, which is that of their expiry.
        var order: [String] = []

        mutating func removeExpired(at now: Timestamp) {
            let expired = order.prefix { tickets[$0].map { $0.expiresAt <= now } ?? true }
            for id in expired { tickets[id] = nil }
            order.removeFirst(expired.count)
        }

        mutating func remove(_ id: String) {
            tickets[id] = nil
            order.removeAll { $0 == id }
        }
    }

    private let state = Mutex(State())
    private let countMax: Int

    /// - Parameter countMax: Of all callers; one caller has at most an eighth of them, and its oldest gives way.
    init(countMax: Int) {
        self.countMax = countMax
    }

    /// - Throws: `too_many`.
    func issue(_ grant: DownloadGrant, at now: Timestamp) throws(UploadError) -> (id: String, expiresAt: Timestamp) {
        var random = SystemRandomNumberGenerator()
        // Unlike any id, so that the access log does not take it for one.
        let id = "dl_" + SessionId(high: random.next(), low: random.next()).text
        let expiresAt = now.advanced(byMilliseconds: Self.lifetimeMilliseconds)
        let countMax = countMax
        let isFull = state.withLock { state in
            state.removeExpired(at: now)
            let own = state.order.filter { state.tickets[$0]?.grant.principal == grant.principal }
            if own.count >= max(1, countMax / 8), let oldest = own.first { state.remove(oldest) }
            guard state.tickets.count < countMax else { return true }
            state.tickets[id] = Ticket(grant: grant, expiresAt: expiresAt)
            state.order.append(id)
            return false
        }
        guard !isFull else {
            throw UploadError(
                .limitExceeded(.downloadTickets, maximum: UInt64(countMax), actual: UInt64(countMax) + 1))
        }
        return (id, expiresAt)
    }

    /// The grant of a ticket; nil for one that is unknown, used or expired.
    ///
    /// - Parameter isUse: Whether the download begins, which uses the ticket of an archive up.
    func grant(_ id: String, isUse: Bool, at now: Timestamp) -> DownloadGrant? {
        state.withLock { state in
            state.removeExpired(at: now)
            guard let ticket = state.tickets[id] else { return nil }
            if isUse, ticket.grant.archive != nil { state.remove(id) }
            return ticket.grant
        }
    }
}
