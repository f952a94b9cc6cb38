import ArgumentParser
import Synchronization
import UploadClient

/// The failures of a command that processes several items: one of an item is reported and does not stop the others.
final class ItemFailures: Sendable {
    private let output: Output
    /// Whether the command has one item only, whose failure is that of the command.
    private let isOnly: Bool
    private let first = Mutex<CommandStatus?>(nil)

    init(isOnly: Bool, output: Output) {
        self.isOnly = isOnly
        self.output = output
    }

    /// Runs `body` for one item.
    ///
    /// - Parameter label: Names the item in the report.
    /// - Returns: nil after a failure that was reported.
    /// - Throws: The failure of the only item, and that of a server that is unreachable or busy, which affects the other
    ///   items too; what else `body` throws.
    @discardableResult
    func collecting<Value: Sendable>(
        isolation: isolated (any Actor)? = #isolation, _ label: String, _ body: () async throws -> Value
    ) async throws -> Value? {
        do {
            return try await body()
        } catch let error as ClientError where !isOnly && !error.isTemporary {
            let failure = CommandFailure(error)
            try await failure.report(to: output, path: label)
            first.withLock { $0 = $0 ?? failure.status }
            return nil
        }
    }

    /// - Throws: `ExitCode` with the status of the first failure.
    func throwFirst() throws {
        if let status = first.withLock({ $0 }) { throw ExitCode(status.rawValue) }
    }
}
