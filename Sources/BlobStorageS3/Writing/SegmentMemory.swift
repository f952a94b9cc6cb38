import Synchronization
import UploadCore

/// The memory for bytes that are not stored yet, in pages, shared by all sinks of a store.
///
/// A writer that finds no page waits, which stops the reading of its client. Waiting ends: a page is either a part of a
/// segment that is being stored, which takes bounded time, or of one that still grows. While more writers wait than pages
/// are on their way back, segments that grow are sealed early, the largest first. With many uploads segments are thus
/// smaller, about the memory divided by the number of uploads; a stalled client holds no memory that others need.
final class SegmentMemory: Sendable {
    static let pageBytes = 256 << 10

    private struct Waiter {
        let number: UInt64
        let continuation: CheckedContinuation<Bool, Never>
    }

    /// A sink with a segment that grows.
    private struct Holder {
        var pages: Int
        let seal: @Sendable () -> Void
    }

    private struct State {
        var free: Int
        var waiters: [Waiter] = []
        var lastWaiter: UInt64 = 0
        var cancelled: Set<UInt64> = []
        /// Pages of segments that are being stored.
        var returning = 0
        var holders: [ObjectIdentifier: Holder] = [:]
    }

    private let state: Mutex<State>
    let pageCount: Int

    init(bytesMax: Int) {
        pageCount = bytesMax / Self.pageBytes
        state = Mutex(State(free: pageCount))
    }

    /// Takes a page, first come, first served.
    ///
    /// - Throws: `unavailable` if the task is cancelled while it waits.
    func take() async throws(UploadError) {
        let number: UInt64? = state.withLock { state in
            if state.free > 0, state.waiters.isEmpty {
                state.free -= 1
                return nil
            }
            state.lastWaiter += 1
            return state.lastWaiter
        }
        guard let number else { return }
        let isTaken = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let outcome: Bool? = state.withLock { state in
                    if state.cancelled.remove(number) != nil { return false }
                    if state.free > 0, state.waiters.isEmpty {
                        state.free -= 1
                        return true
                    }
                    state.waiters.append(Waiter(number: number, continuation: continuation))
                    return nil
                }
                if let outcome {
                    continuation.resume(returning: outcome)
                } else {
                    relieve()
                }
            }
        } onCancel: {
            cancel(number)
        }
        // A cancellation that came after the page leaves its number behind.
        _ = state.withLock { $0.cancelled.remove(number) }
        guard isTaken else { throw UploadError(.cancelled) }
    }

    /// Gives back a page that no segment took.
    func giveBack() {
        release(1, isReturning: false)
    }

    /// A sink's segment has grown to a number of pages. `seal` may be called at any time, on any thread.
    func grew(_ sink: ObjectIdentifier, to pages: Int, seal: @escaping @Sendable () -> Void) {
        state.withLock { $0.holders[sink] = Holder(pages: pages, seal: seal) }
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
        for waiter in served { waiter.continuation.resume(returning: true) }
        relieve()
    }

    private func cancel(_ number: UInt64) {
        let waiter = state.withLock { state in
            guard let index = state.waiters.firstIndex(where: { $0.number == number }) else {
                // Before it waits, or after it was served.
                state.cancelled.insert(number)
                return nil as Waiter?
            }
            return state.waiters.remove(at: index)
        }
        waiter?.continuation.resume(returning: false)
    }

    /// Seals segments until enough pages are on their way back.
    private func relieve() {
        while let seal = nextToSeal() { seal() }
    }

    private func nextToSeal() -> (@Sendable () -> Void)? {
        state.withLock { state in
            guard state.waiters.count > state.returning,
                let largest = state.holders.max(by: { $0.value.pages < $1.value.pages })
            else { return nil }
            state.holders[largest.key] = nil
            return largest.value.seal
        }
    }
}
