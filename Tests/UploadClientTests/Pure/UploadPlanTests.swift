import Testing
import UploadClient
import UploadTestKit

@Suite struct UploadPlanTests {
    @Test func `chunks go out in order, the last one short`() {
        var plan = UploadPlan(length: 2500, chunkSize: 1000, missing: [0...2])
        #expect(plan.next()?.range == 0..<1000)
        #expect(plan.next()?.range == 1000..<2000)
        #expect(plan.next()?.range == 2000..<2500)
        #expect(plan.next() == nil && plan.acknowledgedBytes == 0)
        for index: UInt64 in 0...2 { plan.acknowledge(index) }
        #expect(plan.next() == nil && plan.acknowledgedBytes == 2500)
    }

    @Test func `only what is missing is sent`() {
        var plan = UploadPlan(length: 10_000, chunkSize: 1000, missing: [1...2, 5...5, 9...9], acknowledgedBytes: 6000)
        var sent: [UInt64] = []
        while let chunk = plan.next() { sent.append(chunk.index) }
        #expect(sent == [1, 2, 5, 9])
        sent.forEach { plan.acknowledge($0) }
        #expect(plan.acknowledgedBytes == 10_000)
    }

    @Test func `an empty upload and an exact multiple have no chunk too many`() {
        #expect(UploadPlan(length: 0, chunkSize: 10, missing: []).chunkCount == 0)
        var empty = UploadPlan(length: 0, chunkSize: 10, missing: [0...0])
        #expect(empty.next() == nil)
        #expect(UploadPlan(length: 20, chunkSize: 10, missing: []).chunkCount == 2)
        #expect(UploadPlan(length: 20, chunkSize: 10, missing: [0...1]).chunk(1).range == 10..<20)
    }

    @Test func `ranges beyond the end are clamped`() {
        var plan = UploadPlan(length: 20, chunkSize: 10, missing: [1...UInt64.max])
        #expect(plan.next()?.index == 1 && plan.next() == nil)
        var none = UploadPlan(length: 20, chunkSize: 10, missing: [2...3])
        #expect(none.next() == nil)
    }

    @Test func `a chunk in flight is not sent again after a refresh`() {
        var plan = UploadPlan(length: 100, chunkSize: 10, missing: [0...9])
        for _ in 0..<3 { _ = plan.next() }
        plan.acknowledge(1)
        plan.refresh(missing: [0...0, 2...4])
        #expect(plan.next()?.index == 3)
        #expect(plan.next()?.index == 4 && plan.next() == nil)
    }

    @Test func `an acknowledged chunk that is missing is sent again`() {
        var plan = UploadPlan(length: 30, chunkSize: 10, missing: [0...2])
        while let chunk = plan.next() { plan.acknowledge(chunk.index) }
        #expect(plan.acknowledgedBytes == 30)
        plan.refresh(missing: [1...1])
        #expect(plan.next()?.index == 1)
        plan.acknowledge(1)
        #expect(plan.acknowledgedBytes == 30)
    }

    @Test func `an answer for a chunk that is not in flight changes nothing`() {
        var plan = UploadPlan(length: 30, chunkSize: 10, missing: [0...2])
        let before = plan
        plan.acknowledge(2)
        plan.acknowledge(77)
        #expect(plan == before)
    }

    @Test func `the largest numbers do not overflow`() {
        let plan = UploadPlan(length: .max, chunkSize: 1 << 62, missing: [0...3])
        #expect(plan.chunkCount == 4 && plan.chunk(3).range.upperBound == .max)
    }

    @Test(arguments: 0..<50 as Range<UInt64>)
    func `every chunk is sent, and none twice at once, whatever is lost`(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let count = UInt64(random.within(1...60))
        var durable: Set<UInt64> = []
        var flying: Set<UInt64> = []
        func missing() -> [ClosedRange<UInt64>] {
            (0..<count).filter { !durable.contains($0) }.map { $0...$0 }
        }
        var plan = UploadPlan(length: count * 7, chunkSize: 7, missing: missing())
        while durable.count < Int(count) {
            if random.chance(0.1) { plan.refresh(missing: missing()) }
            if random.chance(0.6), let chunk = plan.next() {
                #expect(flying.insert(chunk.index).inserted)
            } else if let index = random.element(of: flying.sorted()) {
                flying.remove(index)
                durable.insert(index)
                plan.acknowledge(index)
            }
        }
        #expect(plan.next() == nil && plan.acknowledgedBytes == count * 7)
    }

    @Test func `malformed ranges are refused`() {
        #expect(UploadPlan.ranges([[0, 0], [2, 5]]) == [0...0, 2...5])
        #expect(UploadPlan.ranges([[1]]) == nil)
        #expect(UploadPlan.ranges([[2, 1]]) == nil)
        #expect(UploadPlan.ranges([]) == [])
    }
}
