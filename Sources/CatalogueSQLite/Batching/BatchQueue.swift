import Synchronization
import UploadCore

/// A call that shares a transaction with others.
struct Operation: Sendable {
    let writes: Bool
    /// Whether it may use the reserved space of a full disk, because more becomes free through it.
    let freesSpace: Bool
    /// The approximate number of bytes that it holds and writes.
    let byteCost: Int
    /// The approximate number of bytes that it writes to the log. Those of a deletion are zeros over what it deletes.
    var logCost: Int { freesSpace ? max(byteCost, Self.deletionLogCost) : byteCost }
    /// Bounds the transaction of many deletions, for which the reserve of a full disk has to suffice.
    private static let deletionLogCost = 64 << 10
    /// Performs the call inside a transaction. Runs again if that transaction is rolled back: it depends on nothing but
    /// the database.
    let perform: @Sendable (Queries) -> OperationResult
    /// Answers the caller with an error instead.
    let fail: @Sendable (UploadError) -> Void

    /// - Parameter answer: Called exactly once.
    init<Value: Sendable>(
        writes: Bool, freesSpace: Bool = false, byteCost: Int,
        _ body: @escaping @Sendable (Queries) throws(UploadError) -> Value,
        answer: @escaping @Sendable (Result<Value, UploadError>) -> Void
    ) {
        self.writes = writes
        self.freesSpace = freesSpace
        self.byteCost = byteCost
        perform = { queries in
            do throws(UploadError) {
                let value = try body(queries)
                return OperationResult(error: nil) { answer(.success(value)) }
            } catch {
                return OperationResult(error: error) { answer(.failure(error)) }
            }
        }
        fail = { error in answer(.failure(error)) }
    }
}

struct OperationResult {
    let error: UploadError?
    /// Answers the caller. Called when the transaction is durable, and never after a rollback.
    let answer: @Sendable () -> Void
}

/// The operations that wait for a transaction, in the order of their arrival.
///
/// Bounded: otherwise the requests of all clients, with their bytes, would pile up behind a hanging disk. A full queue
/// refuses operations at once.
final class BatchQueue: Sendable {
    /// The operations of one transaction at most.
    static let batchCountMax = 512
    /// A transaction takes no further operations from this number of bytes on.
    static let batchBytesMax = 8 << 20

    enum Admission: Hashable {
        /// The queue is being drained.
        case queued
        /// The caller has to start draining.
        case startDraining
        case refused
    }

    enum Next {
        /// The operations of the next transaction.
        case transaction([Operation])
        /// Run this outside of any transaction.
        case between(@Sendable () -> Void)
        /// Close the catalogue, then call these.
        case close([@Sendable () -> Void])
        /// Nothing is left; the draining has ended.
        case nothing
    }

    private struct State {
        var waiting: [Operation] = []
        /// The total of the waiting operations.
        var byteCost = 0
        var closing: [@Sendable () -> Void] = []
        /// Jobs of maintenance, few and short.
        var between: [@Sendable () -> Void] = []
        var isDraining = false

        mutating func startDraining() -> Admission {
            defer { isDraining = true }
            return isDraining ? .queued : .startDraining
        }
    }

    private let countMax: Int
    private let bytesMax: Int
    private let state = Mutex(State())

    /// - Parameters:
    ///   - countMax: The limit on waiting operations.
    ///   - bytesMax: The limit on the bytes that they hold together.
    init(countMax: Int, bytesMax: Int) {
        self.countMax = countMax
        self.bytesMax = bytesMax
    }

    /// - Returns: `refused` if the queue is full. An empty queue accepts any operation.
    func append(_ operation: Operation) -> Admission {
        state.withLock { state in
            let byteCost = state.byteCost + operation.byteCost
            let hasRoom = state.waiting.count < countMax && byteCost <= bytesMax
            guard hasRoom || state.waiting.isEmpty else { return .refused }
            state.waiting.append(operation)
            state.byteCost = byteCost
            return state.startDraining()
        }
    }

    /// Requests a short job before the next transaction. Never refused: maintenance submits one at a time, which also lets
    /// transactions run in between.
    func appendBetween(_ job: @escaping @Sendable () -> Void) -> Admission {
        state.withLock { state in
            state.between.append(job)
            return state.startDraining()
        }
    }

    /// Requests the close after all waiting operations. Never refused.
    func close(_ answer: @escaping @Sendable () -> Void) -> Admission {
        state.withLock { state in
            state.closing.append(answer)
            return state.startDraining()
        }
    }

    func next() -> Next {
        state.withLock { state in
            if !state.between.isEmpty { return .between(state.between.removeFirst()) }
            guard !state.waiting.isEmpty else {
                state.isDraining = !state.closing.isEmpty
                defer { state.closing = [] }
                return state.isDraining ? .close(state.closing) : .nothing
            }
            var count = 0
            var byteCost = 0
            var logCost = 0
            while count < min(state.waiting.count, Self.batchCountMax), logCost < Self.batchBytesMax {
                byteCost += state.waiting[count].byteCost
                logCost += state.waiting[count].logCost
                count += 1
            }
            let batch = Array(state.waiting[..<count])
            state.waiting.removeFirst(count)
            state.byteCost -= byteCost
            return .transaction(batch)
        }
    }
}
