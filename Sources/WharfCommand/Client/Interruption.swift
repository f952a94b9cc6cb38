import DurableFiles
import Glibc
import Synchronization

/// SIGINT and SIGTERM as cancellation. The second one ends the process at once.
enum Interruption {
    /// Thrown in place of whatever a cancelled body threw.
    struct Interrupted: Error {}

    /// Where the signal handler writes; it may use nothing but this and `write`.
    private static let wakeDescriptor = Atomic<Int32>(-1)

    /// Runs `body`, cancelling it when the process is told to end.
    ///
    /// - Throws: `Interrupted` if it was, and `body` did not finish all the same; else what `body` throws.
    static func cancelling<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value
    {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return try await body() }
        let (reading, writing) = (ends[0], ends[1])
        wakeDescriptor.store(writing, ordering: .sequentiallyConsistent)
        let signals = [SIGINT, SIGTERM]
        for number in signals { signal(number, handler) }
        defer {
            for number in signals { signal(number, SIG_DFL) }
            wakeDescriptor.store(-1, ordering: .sequentiallyConsistent)
            close(reading)
            close(writing)
        }
        let pool = ThreadPool(name: "wharf-signal", threads: 1)
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                await withTaskCancellationHandler {
                    await pool.run { wait(reading) }
                } onCancel: {
                    wake(writing)
                }
                return nil
            }
            guard let first = try await group.next() else { throw Interrupted() }
            group.cancelAll()
            if let value = first { return value }
            // The body ends by itself, with a value if it was nearly done.
            do {
                while let other = try await group.next() {
                    if let value = other { return value }
                }
            } catch is CancellationError {}
            throw Interrupted()
        }
    }

    private static let handler: @convention(c) (Int32) -> Void = { number in
        // The interrupted code may be about to read the `errno` of its own call.
        let interrupted = errno
        defer { errno = interrupted }
        signal(number, SIG_DFL)
        Interruption.wake(Interruption.wakeDescriptor.load(ordering: .sequentiallyConsistent))
    }

    private static func wake(_ descriptor: Int32) {
        var byte: UInt8 = 0
        _ = write(descriptor, &byte, 1)
    }

    private static func wait(_ descriptor: Int32) {
        var byte: UInt8 = 0
        while read(descriptor, &byte, 1) < 0, errno == EINTR {}
    }
}
