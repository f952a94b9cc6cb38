import Synchronization
import UploadCore
import UploadDerivation

/// Where a test reaches into calls of the ports: it can make one fail, hold one up, or let others run in between.
final class Hooks: Sendable {
    enum Call: Hashable, Sendable {
        case begin, upload, claim, record, amend, touch, commit, end, garbage, forgetGarbage, deleteBlob, otherFact
        case capsule
        case catalogueBytes, dueDerivations, startDerivation, postponeDerivation, finishDerivation
        case write, sync, matches, seal, read, scan, removeObjects, otherBytes
    }

    enum Moment: Hashable, Sendable {
        /// Nothing of the call has happened.
        case before
        /// All of it has, though its caller is told otherwise.
        case after
    }

    private struct State {
        var failures: [(call: Call, moment: Moment, error: UploadError)] = []
        var holds: [Moment: [Call: Hold]] = [:]
        var counts: [Call: Int] = [:]
        var yields = false
        var forgetsPrefixHashes = false
    }

    private let state = Mutex(State())

    /// Lets other tasks run before and after every call: for tests on a `SimulatedScheduler`.
    func yieldEverywhere() {
        state.withLock { $0.yields = true }
    }

    /// Whether records come without the hash of their first bytes, as those of a catalogue before format 12.
    var forgetsPrefixHashes: Bool {
        get { state.withLock { $0.forgetsPrefixHashes } }
        set { state.withLock { $0.forgetsPrefixHashes = newValue } }
    }

    func failNext(_ call: Call, _ moment: Moment = .before, _ reason: UploadError.Reason = .unavailable(detail: "test"))
    {
        state.withLock { $0.failures.append((call, moment, UploadError(reason))) }
    }

    /// Holds the next such call up.
    func holdNext(_ call: Call, _ moment: Moment = .before) -> Hold {
        let hold = Hold()
        state.withLock { $0.holds[moment, default: [:]][call] = hold }
        return hold
    }

    func count(of call: Call) -> Int {
        state.withLock { $0.counts[call, default: 0] }
    }

    func around<Value>(
        _ call: Call, _ body: () async throws(UploadError) -> Value
    ) async throws(UploadError) -> Value {
        let yields = state.withLock { state in
            state.counts[call, default: 0] += 1
            return state.yields
        }
        if yields { await Task.yield() }
        await hold(call, .before)
        try fail(call, .before)
        let value = try await body()
        await hold(call, .after)
        if yields { await Task.yield() }
        try fail(call, .after)
        return value
    }

    private func hold(_ call: Call, _ moment: Moment) async {
        await state.withLock { $0.holds[moment]?.removeValue(forKey: call) }?.wait()
    }

    private func fail(_ call: Call, _ moment: Moment) throws(UploadError) {
        let error: UploadError? = state.withLock { state in
            guard let index = state.failures.firstIndex(where: { $0.call == call && $0.moment == moment }) else {
                return nil
            }
            return state.failures.remove(at: index).error
        }
        if let error { throw error }
    }
}

/// One call that is held up until the test lets it go.
final class Hold: Sendable {
    private struct State {
        var isHeld = false
        var isReleased = false
        var call: UnsafeContinuation<Void, Never>?
        var watchers: [UnsafeContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func wait() async {
        await withUnsafeContinuation { continuation in
            let (isReleased, watchers) = state.withLock { state in
                state.isHeld = true
                if !state.isReleased { state.call = continuation }
                defer { state.watchers = [] }
                return (state.isReleased, state.watchers)
            }
            for watcher in watchers { watcher.resume() }
            if isReleased { continuation.resume() }
        }
    }

    /// Returns when the call has come to where it is held.
    func untilHeld() async {
        await withUnsafeContinuation { continuation in
            let isHeld = state.withLock { state in
                if !state.isHeld { state.watchers.append(continuation) }
                return state.isHeld
            }
            if isHeld { continuation.resume() }
        }
    }

    func release() {
        let call = state.withLock { state in
            state.isReleased = true
            return state.call.take()
        }
        call?.resume()
    }
}
