import DurableFiles
import Synchronization
import Testing
import UploadTestKit

@Suite struct SimulatedSchedulerTests {
    final class Trace: Sendable {
        private let lines = Mutex<[String]>([])

        func append(_ line: String) {
            lines.withLock { $0.append(line) }
        }

        var all: [String] { lines.withLock { $0 } }
    }

    actor Counter {
        private(set) var value = 0

        func add(_ trace: Trace, _ name: String) {
            value += 1
            trace.append("\(name) counts \(value)")
        }
    }

    private static func step(_ pool: some BlockingPool, _ trace: Trace, _ name: String) async {
        await pool.run { trace.append("\(name) works") }
        trace.append("\(name) is back")
    }

    /// Tasks, child tasks, an actor, yields and both kinds of pool.
    private func history(seed: UInt64) throws -> [String] {
        let scheduler = SimulatedScheduler(seed: seed)
        let trace = Trace()
        let counter = Counter()
        let unordered = scheduler.pool()
        let ordered = scheduler.orderedPool()
        for task in ["a", "b", "c"] {
            scheduler.start(task) {
                await Self.step(unordered, trace, task)
                await withTaskGroup(of: Void.self) { group in
                    for child in 1...3 {
                        group.addTask {
                            await Self.step(ordered, trace, "\(task)\(child)")
                            await counter.add(trace, "\(task)\(child)")
                        }
                    }
                }
                await Task.yield()
                trace.append("\(task) ends")
            }
        }
        try scheduler.runUntilIdle()
        return trace.all
    }

    @Test func `the same seed gives the same interleaving, and other seeds others`() throws {
        let first = try history(seed: 1)
        #expect(first.count == 3 * (2 + 3 * 3 + 1))
        for _ in 0..<20 { #expect(try history(seed: 1) == first) }
        let all = try Set((0..<20).map { try history(seed: $0) })
        #expect(all.count > 15)
    }

    @Test func `an ordered pool keeps the order of submission, another one does not`() throws {
        var sawDisorder = false
        for seed in 0..<20 {
            let scheduler = SimulatedScheduler(seed: UInt64(seed))
            let (ordered, unordered) = (scheduler.orderedPool(), scheduler.pool())
            let (inOrder, inAnyOrder) = (Trace(), Trace())
            for number in 0..<10 {
                ordered.submit { inOrder.append("\(number)") }
                unordered.submit { inAnyOrder.append("\(number)") }
            }
            try scheduler.runUntilIdle()
            let numbers = (0..<10).map(String.init)
            #expect(inOrder.all == numbers)
            #expect(inAnyOrder.all.sorted() == numbers)
            if inAnyOrder.all != numbers { sawDisorder = true }
        }
        #expect(sawDisorder)
    }

    @Test func `nothing runs before it is told to`() throws {
        let scheduler = SimulatedScheduler(seed: 1)
        let trace = Trace()
        scheduler.start { trace.append("ran") }
        #expect(trace.all.isEmpty)
        try scheduler.runUntilIdle()
        #expect(trace.all == ["ran"])
    }

    @Test func `a value or an error comes back`() throws {
        let scheduler = SimulatedScheduler(seed: 1)
        let pool = scheduler.pool()
        #expect(try scheduler.run { await pool.run { 42 } } == 42)
        #expect(throws: FileError(.io, call: "read", path: "a")) {
            try scheduler.run { throw FileError(.io, call: "read", path: "a") }
        }
    }

    @Test func `a scheduler runs inside of an asynchronous test as well`() async throws {
        let scheduler = SimulatedScheduler(seed: 1)
        let value = try scheduler.run {
            await Task.yield()
            return 1
        }
        await Task.yield()
        #expect(value == 1)
    }

    @Test func `tasks that wait for each other are a deadlock and no hang`() throws {
        let scheduler = SimulatedScheduler(seed: 1)
        let waiting = Mutex<UnsafeContinuation<Void, Never>?>(nil)
        scheduler.start("waits for nobody") {
            await withUnsafeContinuation { continuation in waiting.withLock { $0 = continuation } }
        }
        scheduler.start("ends") {}
        let stall = #expect(throws: SimulationStall.self) { try scheduler.runUntilIdle() }
        #expect(stall?.reason == .deadlock)
        #expect(stall?.unfinished == ["waits for nobody"])
        #expect(stall?.description.contains("waits for nobody") == true)
        // Resumed after all, the task ends: a stall breaks nothing.
        waiting.withLock { $0 }?.resume()
        try scheduler.runUntilIdle()
    }

    @Test func `what waits for time is woken when nothing else is left`() throws {
        let scheduler = SimulatedScheduler(seed: 1)
        let waiting = Mutex<UnsafeContinuation<Void, Never>?>(nil)
        var wakes = 0
        scheduler.start {
            for _ in 0..<3 {
                await withUnsafeContinuation { continuation in waiting.withLock { $0 = continuation } }
            }
        }
        try scheduler.runUntilIdle {
            guard let continuation = waiting.withLock({ $0.take() }) else { return false }
            wakes += 1
            continuation.resume()
            return true
        }
        #expect(wakes == 3)
    }

    @Test func `a simulation without an end is told from one with a deadlock`() throws {
        let scheduler = SimulatedScheduler(seed: 1, stepsMax: 1000)
        let isEnded = Atomic(false)
        scheduler.start("runs for ever") {
            while !isEnded.load(ordering: .relaxed) { await Task.yield() }
        }
        let stall = #expect(throws: SimulationStall.self) { try scheduler.runUntilIdle() }
        #expect(stall?.reason == .endless)
        isEnded.store(true, ordering: .relaxed)
        try scheduler.runUntilIdle()
    }

    /// Jobs of two pools that pause between their lines.
    private func pausedHistory(seed: UInt64) throws -> [String] {
        let scheduler = SimulatedScheduler(seed: seed, pauseProbability: 0.5)
        let trace = Trace()
        let (ordered, unordered) = (scheduler.orderedPool(), scheduler.pool())
        for name in ["a", "b", "c", "d"] {
            scheduler.start(name) {
                await ordered.run {
                    trace.append("ordered \(name) begins")
                    scheduler.pausePoint()
                    trace.append("ordered \(name) ends")
                }
                await unordered.run {
                    trace.append("\(name) begins")
                    scheduler.pausePoint()
                    scheduler.pausePoint()
                    trace.append("\(name) ends")
                }
            }
        }
        try scheduler.runUntilIdle()
        return trace.all
    }

    @Test func `jobs that pause overlap, the same way for the same seed`() throws {
        var overlaps = 0
        for seed in 0..<20 {
            let trace = try pausedHistory(seed: UInt64(seed))
            #expect(trace.count == 16)
            #expect(try pausedHistory(seed: UInt64(seed)) == trace)
            let unordered = trace.filter { !$0.hasPrefix("ordered") }
            for (line, next) in zip(unordered, unordered.dropFirst()) where line.hasSuffix("begins") {
                if next != line.replacing("begins", with: "ends") { overlaps += 1 }
            }
        }
        #expect(overlaps > 20)
    }

    @Test func `jobs of an ordered pool never overlap, although they pause`() throws {
        var interruptions = 0
        for seed in 0..<20 {
            let trace = try pausedHistory(seed: UInt64(seed))
            let ordered = trace.filter { $0.hasPrefix("ordered") }
            #expect(ordered.count == 8)
            for index in stride(from: 0, to: ordered.count, by: 2) {
                #expect(ordered[index].replacing("begins", with: "ends") == ordered[index + 1])
            }
            for (line, next) in zip(trace, trace.dropFirst())
            where line.hasPrefix("ordered") && line.hasSuffix("begins") {
                if next != line.replacing("begins", with: "ends") { interruptions += 1 }
            }
        }
        #expect(interruptions > 10)
    }

    @Test func `a pause outside of a job is none`() throws {
        let scheduler = SimulatedScheduler(seed: 1, pauseProbability: 1)
        scheduler.pausePoint()
        try scheduler.run { scheduler.pausePoint() }
    }

    @Test func `more jobs than there are threads pause in turns`() throws {
        let scheduler = SimulatedScheduler(seed: 1, pauseProbability: 1)
        let trace = Trace()
        for number in 0..<40 {
            scheduler.pool().submit {
                for _ in 0..<3 { scheduler.pausePoint() }
                trace.append("\(number)")
            }
        }
        try scheduler.runUntilIdle()
        #expect(trace.all.count == 40)
    }
}
