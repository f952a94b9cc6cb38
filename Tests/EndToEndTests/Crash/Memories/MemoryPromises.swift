import Synchronization

/// The acknowledgements that clients of memories received.
final class MemoryPromises: Sendable {
    enum State: Hashable, Sendable {
        case made
        /// A deletion was requested, answered or not.
        case maybeDeleted
        case deleted
    }

    struct Memory: Sendable {
        let id: String
        /// By kind.
        let assets: [String: Content]
        /// The ids of the assets that are blobs.
        let blobs: [String]
        var state = State.made
    }

    private struct Promises {
        /// By title; titles are unique.
        var memories: [String: Memory] = [:]
        /// The titles of all requests, answered or not.
        var requested: Set<String> = []
    }

    private let promises = Mutex(Promises())

    var memories: [String: Memory] { promises.withLock { $0.memories } }
    var requested: Set<String> { promises.withLock { $0.requested } }

    func request(_ title: String) {
        promises.withLock { _ = $0.requested.insert(title) }
    }

    func made(_ memory: Memory, title: String) {
        promises.withLock { $0.memories[title] = memory }
    }

    func set(_ state: State, _ title: String) {
        promises.withLock { $0.memories[title]?.state = state }
    }

    func count(_ state: State) -> Int {
        memories.values.count { $0.state == state }
    }

    var summary: String {
        "\(requested.count) memories requested, \(memories.count) created, \(count(.deleted)) of them deleted\n"
    }
}
