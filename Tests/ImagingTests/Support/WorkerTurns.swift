/// Lets few tests have workers at the same time: a hundred that start at once are not ready within a worker's time to
/// start, nor their pictures derived within the tests' limits.
actor WorkerTurns {
    private static let shared = WorkerTurns(count: 4)

    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    private init(count: Int) {
        free = count
    }

    /// Runs `body`, which takes no further turn, when it is its turn.
    static func run<Value>(_ body: () async throws -> Value) async throws -> Value {
        await shared.take()
        do {
            let value = try await body()
            await shared.give()
            return value
        } catch {
            await shared.give()
            throw error
        }
    }

    private func take() async {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    private func give() {
        if waiting.isEmpty {
            free += 1
        } else {
            waiting.removeFirst().resume()
        }
    }
}
