import CSQLite
import Synchronization

@testable import CatalogueSQLite

/// Steps of SQLite's virtual machine, which do not depend on how fast the machine is.
final class Cost: Sendable {
    private let count = Atomic(0)

    var steps: Int { count.load(ordering: .relaxed) }

    fileprivate func add(_ steps: Int) {
        count.add(steps, ordering: .relaxed)
    }
}

extension Connection {
    /// - Parameter cost: Must outlive the connection.
    func countSteps(in cost: Cost) {
        sqlite3_progress_handler(
            handle, 10,
            { context in
                guard let context else { return 0 }
                Unmanaged<Cost>.fromOpaque(context).takeUnretainedValue().add(10)
                return 0
            }, Unmanaged.passUnretained(cost).toOpaque())
    }
}
