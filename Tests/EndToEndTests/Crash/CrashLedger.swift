import NativeWire
import Synchronization
import UploadCore

/// The acknowledgements of the server and their violations. It also counts steps, so that the moment of a kill depends
/// on the load and not on a clock.
final class CrashLedger: Sendable {
    struct Chunk: Hashable, Sendable {
        let upload: String
        let index: UInt64
    }

    struct Blob: Hashable, Sendable {
        let id: String
        let content: Content
    }

    struct Promises: Sendable {
        /// The acknowledged chunks, by upload.
        var acknowledged: [String: Set<UInt64>] = [:]
        var blobs: [Blob] = []
        /// Uploads with a requested abort, and those with an acknowledged one.
        var maybeAborted: Set<String> = []
        var aborted: Set<String> = []
        var violations: [String] = []
        /// The number of chunks sent, and of those acknowledged.
        var sent = 0
        var answered = 0
        var acknowledgedCount: Int { acknowledged.values.reduce(0) { $0 + $1.count } }

        var summary: String {
            "\(sent) chunks sent, \(answered) answered, \(acknowledgedCount) acknowledged in \(acknowledged.count) uploads; "
                + "\(aborted.count) uploads aborted, \(blobs.count) blobs committed; \(violations.count) promises broken\n"
        }
    }

    private struct State {
        var promises = Promises()
        var steps = 0
        var isLoadEnding = false
        var waiter: Waiter?
    }

    private struct Waiter: Sendable {
        let step: Int
        let waitsForAcknowledgement: Bool
        let act: @Sendable () -> Void
        let continuation: CheckedContinuation<Void, Never>
    }

    private let state = Mutex(State())

    var promises: Promises { state.withLock { $0.promises } }

    func record(_ change: (inout Promises) -> Void) {
        state.withLock { change(&$0.promises) }
    }

    func violation(_ text: String) {
        record { $0.violations.append(text) }
    }

    // MARK: - Chunks

    func sending(_ chunk: Chunk) {
        record { promises in
            promises.sent += 1
            if promises.acknowledged[chunk.upload]?.contains(chunk.index) == true {
                promises.violations.append("chunk \(chunk.index) of \(chunk.upload) was sent after it was acknowledged")
            }
        }
    }

    func acknowledged(_ chunk: Chunk) {
        record { promises in
            promises.answered += 1
            promises.acknowledged[chunk.upload, default: []].insert(chunk.index)
        }
    }

    /// Compares the status of an upload with the chunks acknowledged before the query.
    func compare(_ document: UploadDocument, with acknowledged: Set<UInt64>) {
        switch document.state {
        case .committed: break
        case .aborted:
            record { promises in
                if !promises.maybeAborted.contains(document.id) {
                    promises.violations.append("\(document.id) is aborted without a request")
                }
            }
        case .expired: violation("\(document.id) expired")
        case .pending, .finishing:
            if promises.aborted.contains(document.id) { violation("\(document.id) lives on after its abort") }
            let lost = acknowledged.filter { index in
                !document.received.contains { $0[0] <= index && index <= $0[1] }
                    || document.missing.contains { $0[0] <= index && index <= $0[1] }
            }
            if !lost.isEmpty { violation("\(document.id) lost its acknowledged chunks \(lost.sorted())") }
        }
    }

    // MARK: - Steps

    /// Whether clients should begin nothing more.
    var isLoadEnding: Bool { state.withLock { $0.isLoadEnding } }
    func endLoad() { state.withLock { $0.isLoadEnding = true } }

    /// Counts a step.
    func step(isAcknowledgement: Bool = false) {
        let ready = state.withLock { state -> Waiter? in
            state.steps += 1
            guard let waiter = state.waiter, state.steps >= waiter.step,
                isAcknowledgement || !waiter.waitsForAcknowledgement
            else { return nil }
            state.waiter = nil
            return waiter
        }
        guard let ready else { return }
        ready.act()
        ready.continuation.resume()
    }

    /// Waits for so many further steps and, if requested, for the next acknowledgement after them. One caller at a
    /// time.
    ///
    /// - Parameter act: Called at that moment, on the caller's task.
    func steps(
        _ count: Int, andAcknowledgement waitsForAcknowledgement: Bool, _ act: @escaping @Sendable () -> Void
    ) async {
        await withCheckedContinuation { continuation in
            state.withLock { state in
                state.waiter = Waiter(
                    step: state.steps + max(1, count), waitsForAcknowledgement: waitsForAcknowledgement, act: act,
                    continuation: continuation)
            }
        }
    }
}
