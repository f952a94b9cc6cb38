import UploadCore

/// One call of a verb on its way through a transaction that it shares with others.
struct Operation: Sendable {
    let writes: Bool
    /// About how many bytes it writes, so that one transaction does not take too many.
    let weight: Int
    /// Does it, inside a transaction. May run twice, when the first transaction was rolled back, so what it does depends
    /// on the database alone.
    let attempt: @Sendable (Tables) -> Attempt
    /// Answers without an attempt.
    let fail: @Sendable (UploadError) -> Void
}

/// What an attempt came to.
struct Attempt {
    let error: UploadError?
    /// Answers the caller. To be called once the transaction is durable, and not if it was rolled back.
    let answer: () -> Void
}

extension Operation {
    /// - Parameter answer: Is called exactly once.
    init<Value: Sendable>(
        writes: Bool, weight: Int, _ body: @escaping @Sendable (Tables) throws(UploadError) -> Value,
        answer: @escaping @Sendable (Result<Value, UploadError>) -> Void
    ) {
        self.writes = writes
        self.weight = weight
        attempt = { tables in
            do throws(UploadError) {
                let value = try body(tables)
                return Attempt(error: nil) { answer(.success(value)) }
            } catch {
                return Attempt(error: error) { answer(.failure(error)) }
            }
        }
        fail = { error in answer(.failure(error)) }
    }
}
