import SessionCore
import Synchronization
import Testing
import UploadCore

@Suite struct HashingTurnsTests {
    private let anna = Principal("anna")
    private let ben = Principal("ben")

    private final class Order: Sendable {
        private let numbers = Mutex<[Int]>([])
        func append(_ number: Int) { numbers.withLock { $0.append(number) } }
        var all: [Int] { numbers.withLock { $0 } }
    }

    @Test func `one caller's reads beyond the limit wait in order, and another caller's do not`() async throws {
        let turns = HashingTurns(perCallerMax: 1)
        let order = Order()
        let gate = Hold()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await turns.take(of: anna) { () throws(UploadError) in await gate.wait() } }
            await gate.untilHeld()
            for number in 1...3 {
                group.addTask {
                    try? await turns.take(of: anna) { () throws(UploadError) in order.append(number) }
                }
                while turns.waitingCount(of: anna) < number { await Task.yield() }
            }
            try? await turns.take(of: ben) { () throws(UploadError) in order.append(9) }
            gate.release()
        }
        #expect(order.all == [9, 1, 2, 3])
        #expect(turns.waitingCount(of: anna) == 0)
    }

    @Test func `a cancelled wait ends, and takes no turn`() async throws {
        let turns = HashingTurns(perCallerMax: 1)
        let gate = Hold()
        let first = Task { try await turns.take(of: anna) { () throws(UploadError) in await gate.wait() } }
        await gate.untilHeld()
        let second = Task { try await turns.take(of: anna) { () throws(UploadError) in Issue.record("a turn") } }
        while turns.waitingCount(of: anna) == 0 { await Task.yield() }
        second.cancel()
        let refused = await #expect(throws: UploadError.self) { try await second.value }
        #expect(refused?.code == .unavailable)
        gate.release()
        try await first.value
        // The turn is free again.
        try await turns.take(of: anna) { () throws(UploadError) in }
    }
}
