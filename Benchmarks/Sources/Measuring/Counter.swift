import Synchronization

/// Hands out consecutive numbers from 0.
package final class Counter: Sendable {
    private let count = Atomic(0)

    package init() {}

    package func next() -> Int {
        count.add(1, ordering: .relaxed).oldValue
    }

    package func take(below end: Int) -> Int? {
        let taken = next()
        return taken < end ? taken : nil
    }
}
