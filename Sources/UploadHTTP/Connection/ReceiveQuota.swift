import Synchronization

/// Bytes of bodies that all connections together have received and not yet handed to the store.
///
/// Where the store is slower than the clients, every connection would come to hold as much as it may. Beyond the limit each
/// goes on, but with small buffers: what is held stays below the limit and so much for each connection.
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

/// The part of the quota that one connection uses.
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

    /// When the connection is closed: nobody asks for what it still holds.
    func releaseAll() {
        release(.max)
    }
}
