import Synchronization

/// The memory for bytes that are not stored yet, in pages, shared by all sinks of a store.
///
/// A writer that finds no page waits, which stops the reading of its client. Waiting ends: a page is either a part of a
/// segment that is being stored, which takes bounded time, or of one that still grows. While more writers wait than pages
/// are on their way back, segments that grow are sealed early, the largest first, of equal ones the one that has not grown
/// for longest. With many uploads segments are thus
/// smaller, about the memory divided by the number of uploads; a stalled client holds no memory that others need.
final class SegmentMemory: Sendable {
    static let pageBytes = 256 << 10

    /// A sink with a segment that grows.
    private struct Holder {
        var pages: Int
        /// The order in which they grew.
        let number: Int
        let seal: @Sendable () -> Void

        func precedes(_ other: Holder) -> Bool { (pages, -number) < (other.pages, -other.number) }
    }

    private struct State {
        var free: Int
        var waiters: [CheckedContinuation<Void, Never>] = []
        /// Pages of segments that are being stored.
        var returning = 0
        var holders: [ObjectIdentifier: Holder] = [:]
        var lastNumber = 0
    }

    private let state: Mutex<State>
    let pageCount: Int

    init(bytesMax: Int) {
        pageCount = bytesMax / Self.pageBytes
        state = Mutex(State(free: pageCount))
    }

    /// Takes a page, first come, first served. A cancelled task waits as any other: a write takes all of its bytes, since
    /// the receipt of a part of them would overlap that of the next write.
    func take() async {
        await withCheckedContinuation { continuation in
            let isTaken = state.withLock { state in
                guard state.free > 0, state.waiters.isEmpty else {
                    state.waiters.append(continuation)
                    return false
                }
                state.free -= 1
                return true
            }
            if isTaken {
                continuation.resume()
            } else {
                relieve()
            }
        }
    }

    /// A sink's segment has grown to a number of pages. `seal` may be called at any time, on any thread.
    func grew(_ sink: ObjectIdentifier, to pages: Int, seal: @escaping @Sendable () -> Void) {
        state.withLock { state in
            state.lastNumber += 1
            state.holders[sink] = Holder(pages: pages, number: state.lastNumber, seal: seal)
        }
        relieve()
    }

    /// The segment of a sink grows no more and is being stored; `stored` follows.
    func sealed(_ sink: ObjectIdentifier, pages: Int) {
        state.withLock { state in
            state.holders[sink] = nil
            state.returning += pages
        }
    }

    /// A segment that was sealed is stored, or given up.
    func stored(pages: Int) {
        release(pages, isReturning: true)
    }

    /// A sink ends, and with it a segment of so many pages that still grew.
    func dropped(_ sink: ObjectIdentifier, pages: Int) {
        state.withLock { $0.holders[sink] = nil }
        release(pages, isReturning: false)
    }

    /// Of tests: pages that nobody has, and writers that wait.
    var freePages: Int { state.withLock { $0.free } }
    var waiterCount: Int { state.withLock { $0.waiters.count } }

    // MARK: -

    private func release(_ pages: Int, isReturning: Bool) {
        let served = state.withLock { state in
            if isReturning { state.returning -= pages }
            state.free += pages
            let served = state.waiters.prefix(state.free)
            state.free -= served.count
            state.waiters.removeFirst(served.count)
            return served
        }
        for waiter in served { waiter.resume() }
        relieve()
    }

    /// Seals segments until enough pages are on their way back.
    private func relieve() {
        while let seal = nextToSeal() { seal() }
    }

    private func nextToSeal() -> (@Sendable () -> Void)? {
        state.withLock { state in
            guard state.waiters.count > state.returning,
                let largest = state.holders.max(by: { $0.value.precedes($1.value) })
            else { return nil }
            state.holders[largest.key] = nil
            return largest.value.seal
        }
    }
}
