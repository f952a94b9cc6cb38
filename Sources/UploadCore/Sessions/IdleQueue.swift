/// The uploads in memory in the order in which they became idle. A reused upload leaves a stale entry behind, which is
/// recognised by its stamp and skipped.
struct IdleQueue: Sendable {
    private var entries: [(generation: UInt64, stamp: UInt64)] = []
    private var first = 0
    private var lastStamp: UInt64 = 0

    mutating func append(_ generation: UInt64) -> UInt64 {
        lastStamp += 1
        entries.append((generation, lastStamp))
        return lastStamp
    }

    mutating func popFirst() -> (generation: UInt64, stamp: UInt64)? {
        guard first < entries.count else { return nil }
        defer {
            first += 1
            if first > 1024, first * 2 > entries.count {
                entries.removeFirst(first)
                first = 0
            }
        }
        return entries[first]
    }

    mutating func removeAll(where isStale: (UInt64, UInt64) -> Bool) {
        entries = entries[first...].filter { !isStale($0.generation, $0.stamp) }
        first = 0
    }

    /// The number of entries, including stale ones.
    var count: Int { entries.count - first }
}
