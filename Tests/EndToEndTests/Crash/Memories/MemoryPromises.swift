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
        /// By their kinds.
        let assets: [String: Content]
        /// The ids of those that are blobs.
        let blobs: [String]
        var state = State.made
    }

    private struct Promises {
        /// By their titles, which no two of them share.
        var memories: [String: Memory] = [:]
        /// The titles of all requests, answered or not.
        var asked: Set<String> = []
    }

    private let promises = Mutex(Promises())

    var memories: [String: Memory] { promises.withLock { $0.memories } }
    var asked: Set<String> { promises.withLock { $0.asked } }

    func ask(for title: String) {
        promises.withLock { _ = $0.asked.insert(title) }
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
        "\(asked.count) memories asked for, \(memories.count) made, \(count(.deleted)) of them deleted\n"
    }
}
