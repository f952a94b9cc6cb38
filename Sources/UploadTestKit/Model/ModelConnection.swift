import Synchronization
public import UploadCore

/// The way of an engine's calls to the catalogue and of the answers back.
public protocol ModelConnection: Sendable {
    /// Before a call takes effect.
    ///
    /// - Throws: The call has no effect, and fails with the error.
    func send() async throws(UploadError)
    /// After a call has taken effect, or was refused.
    ///
    /// - Throws: The answer is lost; the call fails with the error.
    func receive() async throws(UploadError)
}

/// The state of a `ModelCatalogue`, behind one lock.
final class ModelDatabase: Sendable {
    private let state: Mutex<ModelState>

    init(_ state: ModelState) {
        self.state = Mutex(state)
    }

    func transact<Value: Sendable>(
        _ verb: (inout ModelState) throws(UploadError) -> Value
    ) throws(UploadError) -> Value {
        try state.withLock { state throws(UploadError) in try verb(&state) }
    }

    func nextEngine() -> Int {
        state.withLock { state in
            state.engineCount += 1
            return state.engineCount
        }
    }

    func change(_ body: (inout ModelState) -> Void) {
        state.withLock { state in body(&state) }
    }

    func read<Value: Sendable>(_ question: (borrowing ModelState) -> Value) -> Value {
        state.withLock { state in question(state) }
    }
}
