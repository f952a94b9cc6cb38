import Synchronization

/// Limits how many long reads for digests one caller has in progress. Further ones wait in order until one ends, or until
/// their own task is cancelled.
package final class HashingTurns: Sendable {
    private struct State {
        /// The reads in progress; callers without any have no entry.
        var running: [Principal: UInt64] = [:]
        var waiting: [Principal: [(number: UInt64, continuation: UnsafeContinuation<Bool, Never>)]] = [:]
        var lastNumber: UInt64 = 0

        mutating func nextNumber() -> UInt64 {
            lastNumber += 1
            return lastNumber
        }
    }

    private let perCallerMax: UInt64
    private let state = Mutex(State())

    package init(perCallerMax: UInt64) {
        self.perCallerMax = perCallerMax
    }

    /// Runs `body` in a turn of the caller.
    ///
    /// - Throws: The cancellation, if the task is cancelled before its turn; errors of `body`.
    package func take<Value>(
        of caller: Principal, _ body: () async throws(UploadError) -> Value
    ) async throws(UploadError) -> Value {
        guard await enter(caller) else { throw UploadError(.cancelled) }
        defer { leave(caller) }
        return try await body()
    }

    /// - Returns: False if the task is cancelled.
    private func enter(_ caller: Principal) async -> Bool {
        let number = state.withLock { $0.nextNumber() }
        return await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                let entered: Bool? = state.withLock { state in
                    // The handler runs after the task is marked, and takes this lock: it finds the entry if this does not
                    // see the mark.
                    if Task.isCancelled { return false }
                    if state.running[caller, default: 0] < perCallerMax {
                        state.running[caller, default: 0] += 1
                        return true
                    }
                    state.waiting[caller, default: []].append((number, continuation))
                    return nil
                }
                if let entered { continuation.resume(returning: entered) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                let index = state.waiting[caller]?.firstIndex { $0.number == number }
                return index.flatMap { state.waiting[caller]?.remove(at: $0) }
            }
            waiter?.continuation.resume(returning: false)
        }
    }

    /// Passes the turn to the next one in the queue.
    private func leave(_ caller: Principal) {
        let next = state.withLock { state -> UnsafeContinuation<Bool, Never>? in
            if let waiting = state.waiting[caller], let first = waiting.first {
                state.waiting[caller] = waiting.count > 1 ? Array(waiting.dropFirst()) : nil
                return first.continuation
            }
            state.waiting[caller] = nil
            let left = state.running[caller, default: 1] - 1
            state.running[caller] = left == 0 ? nil : left
            return nil
        }
        next?.resume(returning: true)
    }

    /// The number of reads that wait. For tests.
    package func waitingCount(of caller: Principal) -> Int { state.withLock { $0.waiting[caller]?.count ?? 0 } }
}
