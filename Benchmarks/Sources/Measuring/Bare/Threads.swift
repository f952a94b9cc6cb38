import Glibc

/// Runs work on `count` threads at once and waits for all of them.
package func onThreads(
    _ count: Int, _ work: @escaping @Sendable (_ thread: Int) throws(BenchError) -> Void
) throws(BenchError) {
    let starts = (0..<count).map { ThreadStart(number: $0, work) }
    var threads: [pthread_t] = []
    for start in starts {
        var thread = pthread_t()
        let status = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<ThreadStart>.fromOpaque(context).takeUnretainedValue().run()
                return nil
            }, Unmanaged.passUnretained(start).toOpaque())
        guard status == 0 else { throw BenchError("cannot start a thread: errno \(status)") }
        threads.append(thread)
    }
    for thread in threads { pthread_join(thread, nil) }
    for start in starts { try start.outcome.get() }
}

/// The work of a thread and its outcome.
///
/// Proof: unchecked, because its thread alone uses it until that thread is joined.
private final class ThreadStart: @unchecked Sendable {
    private let number: Int
    private let work: @Sendable (Int) throws(BenchError) -> Void
    private(set) var outcome: Result<Void, BenchError> = .success(())

    init(number: Int, _ work: @escaping @Sendable (Int) throws(BenchError) -> Void) {
        self.number = number
        self.work = work
    }

    func run() {
        outcome = Result { () throws(BenchError) in try work(number) }
    }
}
