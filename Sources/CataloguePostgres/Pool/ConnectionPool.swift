import DurableFiles
import Synchronization
import UploadCore

/// Threads, each of which runs one transaction at a time on a connection of its own. The calls beyond wait in one queue.
///
/// libpq blocks; the threads of a pool may. A connection is lent for a whole transaction, so nothing suspends within one.
final class ConnectionPool: Sendable {
    private let threads: ThreadPool
    /// The runner used last comes first, so that few connections serve few calls.
    private let idle: Mutex<[IdleRunner]>
    private let queue = Mutex(Queue())
    private let callsMax: Int
    private let callBytesMax: Int

    /// Used by one thread at a time, which has taken it from the list.
    private final class IdleRunner: Sendable {
        let runner: Mutex<TransactionRunner>

        init(_ settings: PostgresSettings, _ availability: Availability) {
            runner = Mutex(TransactionRunner(settings, availability))
        }
    }

    /// The calls that wait or run, and the bytes that they hold.
    private struct Queue {
        var calls = 0
        var bytes = 0
        var isClosed = false
        var onEmpty: (@Sendable () -> Void)?
    }

    init(_ settings: PostgresSettings, limits: Limits) {
        threads = ThreadPool(name: "postgres", threads: settings.connectionsMax)
        let availability = Availability()
        // Without threads the first caller runs the jobs of all, one after another.
        idle = Mutex((0..<max(1, threads.threadCount)).map { _ in IdleRunner(settings, availability) })
        callsMax = limits.catalogueCallsMax
        callBytesMax = limits.catalogueCallBytesMax
    }

    /// Runs one transaction on a thread that may block.
    ///
    /// - Parameters:
    ///   - byteCost: The approximate number of bytes that the call holds.
    ///   - timeout: In the place of `PostgresSettings.statementTimeout`.
    ///   - isOpening: As in `TransactionRunner.perform`.
    /// - Throws: `unavailable` if too many calls wait already.
    func run<Value: Sendable>(
        _ access: Connection.Access, byteCost: Int, timeout: Duration? = nil, isOpening: Bool = false,
        _ body: @escaping @Sendable (Connection) throws(UploadError) -> Value
    ) async throws(UploadError) -> Value {
        try enter(byteCost)
        defer { leave(byteCost) }
        return try await threads.run { [self] () throws(UploadError) in
            guard let slot = idle.withLock({ $0.popLast() }) else {
                throw UploadError(.unavailable(detail: "no connection is free"))
            }
            defer { idle.withLock { $0.append(slot) } }
            return try slot.runner.withLock { runner throws(UploadError) in
                try runner.perform(access, timeout: timeout, isOpening: isOpening, body)
            }
        }
    }

    /// Refuses further calls, waits for those that run, and closes the connections. Idempotent.
    func close() async {
        await withUnsafeContinuation { continuation in
            let isIdle = queue.withLock { queue in
                let isFirst = !queue.isClosed
                queue.isClosed = true
                guard isFirst, queue.calls > 0 else { return true }
                queue.onEmpty = { continuation.resume() }
                return false
            }
            if isIdle { continuation.resume() }
        }
        await threads.run { [self] in
            for slot in idle.withLock({ $0 }) { slot.runner.withLock { $0.disconnect() } }
        }
    }

    private func enter(_ byteCost: Int) throws(UploadError) {
        let isAdmitted = queue.withLock { queue in
            guard !queue.isClosed else { return false }
            let hasRoom = queue.calls < callsMax && queue.bytes + byteCost <= callBytesMax
            guard hasRoom || queue.calls == 0 else { return false }
            queue.calls += 1
            queue.bytes += byteCost
            return true
        }
        guard isAdmitted else {
            throw UploadError(.unavailable(detail: "too many calls are waiting for the catalogue, or it is closed"))
        }
    }

    private func leave(_ byteCost: Int) {
        let onEmpty = queue.withLock { queue in
            queue.calls -= 1
            queue.bytes -= byteCost
            guard queue.calls == 0 else { return nil as (@Sendable () -> Void)? }
            return queue.onEmpty.take()
        }
        onEmpty?()
    }
}
