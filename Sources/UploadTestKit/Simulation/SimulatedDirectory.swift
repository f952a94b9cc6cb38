/// What a name in a simulated directory stands for; the number is an index into the disk's files or directories.
enum SimulatedNode: Sendable, Hashable {
    case file(Int)
    case directory(Int)
}

/// The names of one simulated directory: what `open` and `list` see, and what may become of the names that were made or
/// removed since the last sync.
struct SimulatedDirectory: Sendable {
    private struct Change: Sendable {
        let name: String
        /// The durable state first, then each later one; nil where the name was not there.
        var versions: [SimulatedNode?]
    }

    private(set) var entries: [String: SimulatedNode] = [:]
    /// In order of the first change, so that random choices follow the history and not a hash.
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

    /// A sync that fails: any of the changes become durable, the others stay as they were.
    mutating func failSync(_ random: inout SeededRandom) {
        changes = changes.filter { _ in random.chance(0.5) }
    }

    mutating func removeDurably(_ name: String) {
        changes.removeAll { $0.name == name }
        entries[name] = nil
    }

    /// Power is lost: each changed name is in any of the states it was in since the last sync.
    mutating func losePower(_ random: inout SeededRandom) {
        for change in changes { entries[change.name] = change.versions[random.below(change.versions.count)] }
        changes = []
    }
}
