import Testing

@testable import SessionCore

@Suite struct DeadlineQueueTests {
    private func drain(_ queue: inout DeadlineQueue, before now: Int64) -> [SessionId] {
        var ids: [SessionId] = []
        while let id = queue.popDue(before: Timestamp(milliseconds: now)) { ids.append(id) }
        return ids
    }

    @Test("an empty queue has nothing due")
    func empty() {
        var queue = DeadlineQueue()
        #expect(queue.popDue(before: Timestamp(milliseconds: .max)) == nil)
        #expect(queue.count == 0)
    }

    @Test("a deadline is due after its millisecond, not at it")
    func exactMillisecond() {
        var queue = DeadlineQueue()
        queue.push(.number(1), due: Timestamp(milliseconds: 10))
        #expect(drain(&queue, before: 9) == [])
        #expect(drain(&queue, before: 10) == [])
        #expect(drain(&queue, before: 11) == [.number(1)])
        #expect(queue.count == 0)
    }

    @Test("what is due comes in the order of deadlines, what is not stays")
    func order() {
        var queue = DeadlineQueue()
        for deadline: Int64 in [5, 3, 9, 1, 7] {
            queue.push(.number(UInt64(deadline)), due: Timestamp(milliseconds: deadline))
        }
        #expect(drain(&queue, before: 6) == [.number(1), .number(3), .number(5)])
        #expect(queue.count == 2)
        #expect(drain(&queue, before: .max) == [.number(7), .number(9)])
    }

    @Test("one session may have several deadlines, equal ones too")
    func repeatedEntries() {
        var queue = DeadlineQueue()
        for deadline: Int64 in [4, 4, 2] { queue.push(.number(1), due: Timestamp(milliseconds: deadline)) }
        #expect(drain(&queue, before: 5) == [.number(1), .number(1), .number(1)])
    }

    @Test("random pushes and pops do what a sorted list does", arguments: UInt64(0)..<20)
    func againstSortedList(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var queue = DeadlineQueue()
        var model: [(due: Int64, id: SessionId)] = []
        for number in 0..<UInt64(400) {
            if random.oneIn(3) {
                let now = Int64.random(in: 0..<1000, using: &random)
                let popped = drain(&queue, before: now)
                let due = model.filter { $0.due < now }
                model.removeAll { $0.due < now }
                #expect(Set(popped) == Set(due.map(\.id)), "seed \(seed)")
                let deadlines = popped.map { id in due.first { $0.id == id }?.due }.compactMap(\.self)
                #expect(deadlines == due.map(\.due).sorted(), "seed \(seed)")
            } else {
                let due = Int64.random(in: 0..<1000, using: &random)
                queue.push(.number(number), due: Timestamp(milliseconds: due))
                model.append((due, .number(number)))
            }
            #expect(queue.count == model.count, "seed \(seed)")
        }
    }
}
