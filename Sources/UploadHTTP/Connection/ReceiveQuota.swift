import Synchronization

/// Limits the bytes of bodies that all connections together have received and not yet passed to the store.
///
/// If the store is slower than its clients, every connection would fill its buffers. Beyond the limit connections
/// continue with small buffers, so the total is at most the limit and one small buffer per connection.
final class ReceiveQuota: Sendable {
    private let limit: Int
    private let held = Atomic(0)

    init(limit: Int) {
        self.limit = limit
    }

    var isExhausted: Bool { held.load(ordering: .relaxed) >= limit }

    fileprivate func change(by byteCount: Int) {
        held.add(byteCount, ordering: .relaxed)
    }
}

/// One connection's share of the quota.
final class ConnectionReceiveQuota: Sendable {
    let quota: ReceiveQuota
    private let held = Mutex(0)

    init(_ quota: ReceiveQuota) {
        self.quota = quota
    }

    func reserve(_ byteCount: Int) {
        held.withLock { $0 += byteCount }
        quota.change(by: byteCount)
    }

    func release(_ byteCount: Int) {
        let given = held.withLock { held in
            let given = min(held, byteCount)
            held -= given
            return given
        }
        quota.change(by: -given)
    }

    /// Releases the bytes of a closed connection, whose buffers are no longer read.
    func releaseAll() {
        release(.max)
    }
}
