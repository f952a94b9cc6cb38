import DurableFiles
import Glibc
import Synchronization

/// Turns SIGINT and SIGTERM into cancellation. A second signal terminates the process.
enum Interruption {
    /// Thrown if a signal cancelled the body.
    struct Interrupted: Error {}

    /// The pipe that the signal handler writes to; `write` is async-signal-safe.
    private static let wakeDescriptor = Atomic<Int32>(-1)

    /// Runs `body` and cancels it when a signal arrives.
    ///
    /// - Throws: `Interrupted` if a signal arrived before `body` completed; otherwise what `body` throws.
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
            // The cancelled body may still complete.
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
