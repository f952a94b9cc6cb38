/// A binary heap of (deadline, session). Using a session does not update its entry: an entry that is stale when it
/// comes due is pushed again with the current deadline, which costs about one push per session and time to live.
struct DeadlineQueue: Sendable {
    private var heap: [(due: Timestamp, id: SessionId)] = []

    var count: Int { heap.count }

    mutating func push(_ id: SessionId, due: Timestamp) {
        heap.append((due, id))
        var child = heap.count - 1
        while child > 0, heap[child].due < heap[(child - 1) / 2].due {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Removes and returns a session whose deadline lies before `now`.
    mutating func popDue(before now: Timestamp) -> SessionId? {
        guard let first = heap.first, first.due < now else { return nil }
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            let children = [2 * parent + 1, 2 * parent + 2].filter { $0 < heap.count }
            guard let least = children.min(by: { heap[$0].due < heap[$1].due }), heap[least].due < heap[parent].due
            else { break }
            heap.swapAt(parent, least)
            parent = least
        }
        return first.id
    }
}
