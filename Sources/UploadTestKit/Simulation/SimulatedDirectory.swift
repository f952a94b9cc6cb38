/// The target of a name in a simulated directory: an index into the disk's inodes or directories.
enum SimulatedNode: Sendable, Hashable {
    case file(Int)
    case directory(Int)
    /// A symbolic link, to itself: no call may follow it.
    case link
}

/// The names of one simulated directory: the entries that `open` and `list` see, and the possible outcomes of a crash
/// for every name changed since the last sync.
struct SimulatedDirectory: Sendable {
    private struct Change: Sendable {
        let name: String
        /// The durable target first, then each later one; nil where the name did not exist.
        var versions: [SimulatedNode?]
    }

    private(set) var entries: [String: SimulatedNode] = [:]
    /// In order of the first change, so that random choices depend on the history and not on hash order.
    private var changes: [Change] = []

    subscript(name: String) -> SimulatedNode? {
        get { entries[name] }
        set {
            if let index = changes.firstIndex(where: { $0.name == name }) {
                changes[index].versions.append(newValue)
            } else {
                changes.append(Change(name: name, versions: [entries[name], newValue]))
            }
            entries[name] = newValue
        }
    }

    var sortedNames: [String] { entries.keys.sorted() }

    /// Makes every change durable and returns the nodes that no crash can bring back any more.
    mutating func sync() -> [SimulatedNode] {
        defer { changes = [] }
        return changes.flatMap { $0.versions.dropLast().compactMap(\.self) }
    }

    /// A failed sync: an arbitrary subset of the changes becomes durable, the others stay pending.
    mutating func failSync(_ random: inout SeededRandom) {
        changes = changes.filter { _ in random.chance(0.5) }
    }

    /// Whether a crash can bring a node back.
    func mayRestore(_ node: SimulatedNode) -> Bool {
        changes.contains { $0.versions.contains(node) }
    }

    mutating func plantDurably(_ name: String, _ node: SimulatedNode) {
        changes.removeAll { $0.name == name }
        entries[name] = node
    }

    mutating func removeDurably(_ name: String) {
        changes.removeAll { $0.name == name }
        entries[name] = nil
    }

    /// A power loss: each changed name independently takes one of its states since the last sync.
    mutating func losePower(_ random: inout SeededRandom) {
        for change in changes { entries[change.name] = change.versions[random.below(change.versions.count)] }
        changes = []
    }
}
