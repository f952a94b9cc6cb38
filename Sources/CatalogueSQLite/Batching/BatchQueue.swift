import Synchronization
import UploadCore

/// A call on its way through a transaction that it shares with others.
struct Operation: Sendable {
    let writes: Bool
    /// About how many bytes it holds on to, and writes.
    let byteCost: Int
    /// Performs the call inside a transaction. May run twice, after the first transaction was rolled back: it depends on the
    /// database alone.
    let perform: @Sendable (Queries) -> OperationResult
    /// Answers the caller with an error instead.
    let fail: @Sendable (UploadError) -> Void

    /// - Parameter answer: Is called exactly once.
    init<Value: Sendable>(
        writes: Bool, byteCost: Int, _ body: @escaping @Sendable (Queries) throws(UploadError) -> Value,
        answer: @escaping @Sendable (Result<Value, UploadError>) -> Void
    ) {
        self.writes = writes
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
    /// Answers the caller. Called once the transaction is durable, and never if it was rolled back.
    let answer: () -> Void
}

/// The operations that wait for a transaction, in the order of their arrival.
///
/// Bounded: a disk that hangs would otherwise collect every request of every client, with its bytes. An operation that
/// finds the queue full is refused at once.
final class BatchQueue: Sendable {
    /// Operations of one transaction.
    static let batchCountMax = 512
    /// Bytes of one transaction; the operation that crosses the line is part of it.
    static let batchBytesMax = 8 << 20

    enum Admission: Hashable {
        /// The queue is being drained.
        case queued
        /// The caller has to start draining: nobody does yet.
        case startDraining
        case refused
    }

    enum Next {
        /// The operations of the next transaction.
        case transaction([Operation])
        /// Close the catalogue and call these.
        case close([@Sendable () -> Void])
        /// Nothing is left; the draining has ended.
        case nothing
    }

    private struct State {
        var waiting: [Operation] = []
        /// Of the operations that wait.
        var byteCost = 0
        var closing: [@Sendable () -> Void] = []
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
    ///   - countMax: Operations that may wait.
    ///   - bytesMax: Bytes that they may hold together.
    init(countMax: Int, bytesMax: Int) {
        self.countMax = countMax
        self.bytesMax = bytesMax
    }

    /// - Returns: `refused` if the queue has no room. An empty queue takes any operation.
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

    /// Requests the end, after everything that waits now. Never refused.
    func close(_ answer: @escaping @Sendable () -> Void) -> Admission {
        state.withLock { state in
            state.closing.append(answer)
            return state.startDraining()
        }
    }

    func next() -> Next {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isDraining = !state.closing.isEmpty
                defer { state.closing = [] }
                return state.isDraining ? .close(state.closing) : .nothing
            }
            var count = 0
            var byteCost = 0
            while count < min(state.waiting.count, Self.batchCountMax), byteCost < Self.batchBytesMax {
                byteCost += state.waiting[count].byteCost
                count += 1
            }
            let batch = Array(state.waiting[..<count])
            state.waiting.removeFirst(count)
            state.byteCost -= byteCost
            return .transaction(batch)
        }
    }
}
