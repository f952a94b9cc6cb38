import CLibPQ
import Dispatch
import DurableFiles
import Synchronization

/// Asks servers to stop what their backends run. libpq's `PQcancel` blocks until the server closes the connection that it makes
/// for this, and has no limit of time: a server that is frozen, or a proxy that has forgotten it, would hold the caller. So a
/// thread of its own sends the requests, one after another.
///
/// A request that is not sent, or too late, harms nothing: the server ends the statement itself after `statement_timeout`.
///
/// Source: PostgreSQL 15 documentation, 34.7 “Canceling Queries in Progress”.
enum CancelRequests {
    /// How long a caller waits until its request is sent. A pooler forgets those of clients that have left.
    static let waitMax = DispatchTimeInterval.seconds(1)
    /// Those under way; further ones are not sent.
    private static let requestsMax = 64
    private static let underWay = Mutex(0)
    /// Never ended: that would wait for the server.
    private static let threads = ThreadPool(name: "pg-cancel", threads: 1)

    /// Blocks for `waitMax` at most.
    static func send(for connection: OpaquePointer) {
        guard enter() else { return }
        guard let request = PQgetCancel(connection) else { return leave() }
        // A pointer to a copy of what identifies the backend, which only the job uses from now on.
        let address = UInt(bitPattern: request)
        let sent = DispatchSemaphore(value: 0)
        threads.submit {
            let request = OpaquePointer(bitPattern: address)
            var message = [CChar](repeating: 0, count: 256)
            // Whether it arrives is not known either way.
            _ = PQcancel(request, &message, Int32(message.count))
            PQfreeCancel(request)
            leave()
            sent.signal()
        }
        _ = sent.wait(timeout: .now() + waitMax)
    }

    private static func enter() -> Bool {
        underWay.withLock { count in
            guard count < requestsMax else { return false }
            count += 1
            return true
        }
    }

    private static func leave() { underWay.withLock { $0 -= 1 } }
}
