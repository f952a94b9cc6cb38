import DurableFiles
import Synchronization
import Testing

@testable import WharfCommand

@Suite struct LogSinkTests {
    /// Runs jobs on request.
    private final class HeldPool: BlockingPool {
        private let jobs = Mutex<[@Sendable () -> Void]>([])

        func submit(_ job: @escaping @Sendable () -> Void) {
            jobs.withLock { $0.append(job) }
        }

        var count: Int { jobs.withLock { $0.count } }

        func runAll() {
            while let job = jobs.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { job() }
        }
    }

    private final class Output: Sendable {
        private let state = Mutex("")
        var text: String { state.withLock { $0 } }
        func write(_ bytes: [UInt8]) { state.withLock { $0 += String(decoding: bytes, as: UTF8.self) } }
    }

    @Test func `lines come out in their order, and one job writes many of them`() {
        let (pool, output) = (HeldPool(), Output())
        let sink = LogSink(pool: pool) { output.write($0) }
        for number in 1...3 { sink.write("line \(number)") }
        #expect(pool.count == 1)
        #expect(output.text == "")
        pool.runAll()
        sink.write("line 4")
        pool.runAll()
        #expect(output.text == "line 1\nline 2\nline 3\nline 4\n")
    }

    @Test func `a slow reader loses lines, whose number is reported`() {
        let (pool, output) = (HeldPool(), Output())
        let sink = LogSink(pool: pool) { output.write($0) }
        let line = String(repeating: "x", count: 1023)
        for _ in 0..<1100 { sink.write(line) }
        pool.runAll()
        let lines = output.text.split(separator: "\n")
        #expect(lines.count == 1025)
        #expect(lines.last == "(76 log lines were dropped)")
        sink.write("again")
        pool.runAll()
        #expect(output.text.hasSuffix("dropped)\nagain\n"))
    }

    @Test func `flushing waits for what was written before`() async {
        let output = Output()
        let pool = ThreadPool(name: "log", threads: 1)
        let sink = LogSink(pool: pool) { output.write($0) }
        for number in 0..<100 { sink.write("\(number)") }
        await sink.flush()
        #expect(output.text == (0..<100).map { "\($0)\n" }.joined())
        pool.shutdown()
    }
}
