import NativeWire

/// Memories as people read them. Pure.
enum MemoryText {
    /// One line of a list.
    static func line(_ memory: MemoryDocument) -> String {
        let kinds = memory.assets.map(\.kind).joined(separator: " ")
        let reason = memory.reason.map { " (\($0))" } ?? ""
        return ProgressLine.printable(
            "\(memory.id)  \(memory.state.words)\(reason)  \(kinds)  \(memory.title)")
    }

    /// One line of a list, of an upload that is no memory yet.
    static func line(_ derivation: ListedDerivationDocument) -> String {
        let reason = derivation.reason.map { " (\($0))" } ?? ""
        return ProgressLine.printable(
            "\(derivation.upload)  \(derivation.state.rawValue)\(reason)  \(derivation.recipe)  \(derivation.name)")
    }

    /// A row for everything that there is, and one for each asset.
    static func whole(_ memory: MemoryDocument) -> String {
        var rows = [("memory", memory.id), ("state", memory.state.words)]
        if let reason = memory.reason { rows.append(("reason", reason)) }
        rows += [("title", memory.title), ("text", memory.description), ("tags", memory.tags.joined(separator: ", "))]
        rows += [("type", memory.type), ("capsule", memory.capsule), ("creator", memory.creator)]
        rows.append(("taken", memory.takenAt?.timestamp.rfc3339 ?? ""))
        rows.append(("created", memory.createdAt.timestamp.rfc3339))
        rows += memory.assets.map { ("asset", asset($0)) }
        return rows.filter { !$0.1.isEmpty }.map { name, value in
            name + String(repeating: " ", count: 10 - name.count) + ProgressLine.printable(value)
        }.joined(separator: "\n")
    }

    private static func asset(_ asset: AssetDocument) -> String {
        var parts = [asset.id, asset.kind, asset.type, Quantities.bytes(asset.size)]
        if let width = asset.width, let height = asset.height { parts.append("\(width) × \(height)") }
        parts.append(asset.blob.map { "blob \($0)" } ?? "inline")
        return parts.joined(separator: "  ")
    }
}

extension MemoryDocument.State {
    /// For people.
    var words: String {
        switch self {
        case .complete: "complete"
        case .originalOnly: "original only"
        }
    }
}
