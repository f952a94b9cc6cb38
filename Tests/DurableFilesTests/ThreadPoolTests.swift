import DurableFiles
import Glibc
import Synchronization
import Testing

@Suite struct ThreadPoolTests {
    final class Recorder: Sendable {
        let values = Mutex<[Int]>([])

        func append(_ value: Int) {
            values.withLock { $0.append(value) }
        }

        var all: [Int] { values.withLock { $0 } }
    }

    @Test(arguments: [1, 4]) func `every job has run once when the shutdown returns`(threads: Int) {
        let recorder = Recorder()
        let pool = ThreadPool(name: "test", threads: threads)
        for number in 0..<1000 { pool.submit { recorder.append(number) } }
        pool.shutdown()
        #expect(recorder.all.sorted() == Array(0..<1000))
    }

    @Test func `one thread runs jobs in the order of submission`() {
        let recorder = Recorder()
        let pool = ThreadPool(name: "test", threads: 1)
        for number in 0..<1000 { pool.submit { recorder.append(number) } }
        pool.shutdown()
        #expect(recorder.all == Array(0..<1000))
    }

    @Test func `jobs run on the pool's threads, under its name`() async {
        let pool = ThreadPool(name: "wharf-a-very-long-name", threads: 2)
        #expect(pool.threadCount == 2)
        let name = await pool.run { () -> String in
            var bytes = [UInt8](repeating: 0, count: 64)
            let descriptor = open("/proc/thread-self/comm", O_RDONLY)
            defer { close(descriptor) }
            let count = read(descriptor, &bytes, bytes.count)
            return String(decoding: bytes.prefix(max(0, count - 1)), as: UTF8.self)
        }
        #expect(name == "wharf-a-very-lo")
    }

    @Test func `a value or an error comes back to the caller`() async {
        let pool = ThreadPool(name: "test", threads: 1)
        #expect(await pool.run { 42 } == 42)
        await #expect(throws: FileError(.io, call: "read", path: "a")) {
            try await pool.run { () throws(FileError) -> Int in throw FileError(.io, call: "read", path: "a") }
        }
    }

    @Test func `jobs that submit jobs are all drained`() {
        let recorder = Recorder()
        let pool = ThreadPool(name: "test", threads: 2)
        for number in 0..<50 {
            pool.submit {
                recorder.append(number)
                pool.submit { recorder.append(number + 100) }
            }
        }
        pool.shutdown()
        #expect(recorder.all.count == 100)
    }

    @Test func `after a shutdown a job still runs, before its submission returns`() {
        let recorder = Recorder()
        let pool = ThreadPool(name: "test", threads: 1)
        pool.shutdown()
        pool.shutdown()
        pool.submit {
            // Submitted from a late job, it runs after that job and not inside of it.
            pool.submit { recorder.append(2) }
            recorder.append(1)
        }
        #expect(recorder.all == [1, 2])
    }

    @Test func `late jobs of a pool of one thread never overlap`() async {
        let pool = ThreadPool(name: "test", threads: 1)
        pool.shutdown()
        let running = Recorder()
        let overlaps = Recorder()
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<200 {
                group.addTask {
                    await pool.run {
                        running.append(number)
                        if running.all.count != 1 { overlaps.append(number) }
                        running.values.withLock { $0 = [] }
                    }
                }
            }
        }
        #expect(overlaps.all.isEmpty)
    }

    @Test func `the last reference may go away inside a job`() async {
        let owner = Owner()
        let isGone = await withCheckedContinuation { continuation in
            owner.submitUnderGate {
                owner.gate.withLock { _ in }
                weak let pool = owner.pool.withLock { $0 }
                // This thread is the pool's own: the pool must not wait for it to end.
                owner.pool.withLock { $0 = nil }
                continuation.resume(returning: pool == nil)
            }
        }
        #expect(isGone)
    }

    /// Has the only reference to a pool once `submitUnderGate` has returned; its job waits for that at the gate.
    final class Owner: Sendable {
        let gate = Mutex(())
        let pool = Mutex<ThreadPool?>(ThreadPool(name: "test", threads: 1))

        func submitUnderGate(_ job: @escaping @Sendable () -> Void) {
            gate.withLock { _ in pool.withLock { $0 }?.submit(job) }
        }
    }
}
