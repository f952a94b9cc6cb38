import Synchronization

/// The paths of uploads, collected by many threads.
final class Targets: Sendable {
    private let targets = Mutex<[String]>([])

    var all: [String] { targets.withLock { $0 } }

    func add(_ more: [String]) {
        targets.withLock { $0 += more }
    }
}
