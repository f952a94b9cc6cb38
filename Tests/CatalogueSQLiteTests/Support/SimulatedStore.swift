import SessionCore
import UploadCore
import UploadTestKit

@testable import CatalogueSQLite

/// A catalogue on a machine that its seed decides about, with all callers and the pool on one thread.
final class SimulatedStore: Sendable {
    let scheduler: SimulatedScheduler
    let files: SimulatedFileSystem
    let vfs: SimulatedVFS

    init(seed: UInt64) {
        scheduler = SimulatedScheduler(seed: seed)
        files = SimulatedFileSystem(seed: seed)
        vfs = SimulatedVFS(over: files, seed: seed)
    }

    func open(_ durability: Durability = .powerLoss) async throws(UploadError) -> CatalogueSQLite {
        try await CatalogueSQLite(
            path: "catalogue", vfs: vfs.name, pool: scheduler.orderedPool(), durability: durability)
    }

    /// Runs the body with a catalogue that has the capsule of the drafts.
    func run<Value: Sendable>(_ body: @escaping @Sendable (CatalogueSQLite) async throws -> Value) throws -> Value {
        try scheduler.run { [self] in
            let catalogue = try await open().withCapsule()
            let value = try await body(catalogue)
            await catalogue.close()
            return value
        }
    }
}

/// Calls the body with each number at the same time.
///
/// - Returns: The numbers that it succeeded with, and the codes of the others.
func together(
    _ numbers: ClosedRange<Int>, _ body: @escaping @Sendable (Int) async throws(UploadError) -> Void
) async -> (succeeded: Set<Int>, failed: [Int: UploadError.Code]) {
    await withTaskGroup { group in
        for number in numbers {
            group.addTask { (number, await refusal { () throws(UploadError) in try await body(number) }) }
        }
        var outcome: (succeeded: Set<Int>, failed: [Int: UploadError.Code]) = ([], [:])
        for await (number, code) in group {
            if let code { outcome.failed[number] = code } else { outcome.succeeded.insert(number) }
        }
        return outcome
    }
}
