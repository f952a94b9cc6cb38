import Measuring

/// Concurrent callers, each a task that calls again as soon as its last call returns.
enum Callers {
    /// Calls until the time is up.
    /// - Returns: The number of calls.
    static func call(
        _ callers: Int, seconds: Double, _ work: @escaping @Sendable (_ caller: Int) async throws -> Void
    ) async throws -> Double {
        let watch = Stopwatch()
        return try await withThrowingTaskGroup(of: Int.self) { group in
            for caller in 0..<callers {
                group.addTask {
                    var calls = 0
                    while watch.seconds < seconds {
                        try await work(caller)
                        calls += 1
                    }
                    return calls
                }
            }
            return try await group.reduce(0) { $0 + Double($1) }
        }
    }

    /// Calls once per item, in order.
    static func call(
        _ callers: Int, items: Int, _ work: @escaping @Sendable (_ item: Int) async throws -> Void
    ) async throws {
        let next = Counter()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<callers {
                group.addTask {
                    while let item = next.take(below: items) { try await work(item) }
                }
            }
            try await group.waitForAll()
        }
    }
}
