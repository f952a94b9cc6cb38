import Synchronization

/// The operations that wait for a transaction, in the order of their arrival.
final class Backlog: Sendable {
    /// Of one transaction.
    static let countMax = 512
    static let weightMax = 8 << 20

    fileprivate struct State {
        var waiting: [Operation] = []
        /// Those who wait for the end.
        var closing: [@Sendable () -> Void] = []
        var isDraining = false
    }

    private let state = Mutex(State())

    /// - Returns: Whether the caller has to see to it that somebody drains the backlog: nobody does.
    func append(_ operation: Operation) -> Bool {
        state.withLock { state in
            state.waiting.append(operation)
            return state.startDraining()
        }
    }

    /// Asks for the end, after everything that waits now.
    ///
    /// - Returns: As `append`.
    func close(_ answer: @escaping @Sendable () -> Void) -> Bool {
        state.withLock { state in
            state.closing.append(answer)
            return state.startDraining()
        }
    }

    enum Next {
        /// The operations of the next transaction.
        case transaction([Operation])
        /// To end, and to give these answers then.
        case close([@Sendable () -> Void])
        /// Nothing is left; the draining has ended.
        case nothing
    }

    func next() -> Next {
        state.withLock { $0.next() }
    }
}

extension Backlog.State {
    fileprivate mutating func startDraining() -> Bool {
        defer { isDraining = true }
        return !isDraining
    }

    fileprivate mutating func next() -> Backlog.Next {
        guard !waiting.isEmpty else {
            isDraining = !closing.isEmpty
            defer { closing = [] }
            return isDraining ? .close(closing) : .nothing
        }
        var count = 0
        var weight = 0
        while count < min(waiting.count, Backlog.countMax), weight < Backlog.weightMax {
            weight += waiting[count].weight
            count += 1
        }
        defer { waiting.removeFirst(count) }
        return .transaction(Array(waiting[..<count]))
    }
}
