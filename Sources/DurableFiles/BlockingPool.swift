/// Threads that may block. Whatever waits for a disk or computes a hash runs here.
///
/// Laws: every submitted job runs exactly once; jobs submitted to a pool of one thread run in the order of submission.
public protocol BlockingPool: Sendable {
    func submit(_ job: @escaping @Sendable () -> Void)
}

extension BlockingPool {
    /// Runs `body` on the pool and waits for it without holding a thread of the caller's.
    public func run<Value: Sendable, Failure: Error>(
        _ body: @escaping @Sendable () throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let outcome: Result<Value, Failure> = await withUnsafeContinuation { continuation in
            submit {
                do throws(Failure) {
                    continuation.resume(returning: .success(try body()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try outcome.get()
    }
}
