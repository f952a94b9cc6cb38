import NativeWire
import UploadClient
import UploadCore

/// Finds what the arguments of `get` and `rm` stand for.
struct BlobFinder: Sendable {
    let client: UploadClient
    /// nil: the caller's default capsule.
    let capsule: String?

    /// The blobs of a name, the newest first.
    func blobs(named name: String) async throws -> [BlobDocument] {
        try await blobs(BlobQuery(capsule: capsule, prefix: name)) { $0.name == name }
    }

    /// The blobs whose names are below a directory, the oldest first.
    ///
    /// - Throws: `not_found` if there is none.
    func blobs(below directory: String) async throws -> [BlobDocument] {
        let prefix = directory.hasSuffix("/") ? directory : directory + "/"
        let found = try await blobs(BlobQuery(capsule: capsule, prefix: prefix, order: .oldest)) { _ in true }
        if found.isEmpty { throw ClientError(noBlob: "No file is in “\(prefix)”.") }
        return found
    }

    /// All blobs of the capsule, the oldest first.
    func all() async throws -> [BlobDocument] {
        try await blobs(BlobQuery(capsule: capsule, order: .oldest)) { _ in true }
    }

    /// What an argument of `get` stands for: the id of a blob or of a memory, `MEMORY/ASSET`, the name of a
    /// blob, of several the newest, or a pattern.
    ///
    /// - Parameter withCompanions: Whether a memory is all files that were uploaded for it, or its original alone.
    /// - Returns: The items, and how many files of other content have the same name.
    /// - Throws: `not_found` if there is none.
    func items(
        _ argument: String, withCompanions: Bool
    ) async throws -> (items: [GetItem], others: Int) {
        if ResourceId.isId(argument) { return (try await items(id: argument, withCompanions: withCompanions), 0) }
        if let asset = try await asset(argument) { return ([asset], 0) }
        let named = try await blobs(named: argument)
        if let newest = named.first {
            return ([GetItem(newest)], named.dropFirst().count { $0.sha256 == nil || $0.sha256 != newest.sha256 })
        }
        let pattern = NamePattern(text: argument)
        if pattern.isGlob {
            let query = BlobQuery(capsule: capsule, prefix: pattern.literalPrefix, order: .oldest)
            let found = try await blobs(query) { pattern.matches($0.name) }
            if !found.isEmpty { return (found.map { GetItem($0) }, 0) }
        }
        throw ClientError(noBlob: "No file has the name “\(argument)”.")
    }

    private func blobs(
        _ query: BlobQuery, where isWanted: (BlobDocument) -> Bool
    ) async throws -> [BlobDocument] {
        var found: [BlobDocument] = []
        for try await blob in client.blobs(query) where isWanted(blob) { found.append(blob) }
        return found
    }

    private func items(id: String, withCompanions: Bool) async throws -> [GetItem] {
        do {
            return [GetItem(try await client.meta(id))]
        } catch let error as ClientError where error.code == .notFound {
            guard let memory = try? await client.memory(id) else { throw error }
            var items = [try await item("original", of: memory)]
            guard withCompanions else { return items }
            let kinds = Companion.Kind.allCases.map(\.name)
            for asset in memory.assets where kinds.contains(asset.kind) {
                items.append(try await item(asset.id, of: memory))
            }
            return items
        }
    }

    /// nil if the argument is not the id of a memory, a slash, and an asset.
    private func asset(_ argument: String) async throws -> GetItem? {
        let parts = argument.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, ResourceId.isId(parts[0]), !parts[1].isEmpty else { return nil }
        do {
            return try await item(String(parts[1]), of: try await client.memory(String(parts[0])))
        } catch let error as ClientError where error.code == .notFound && error.problem != nil {
            return nil
        }
    }

    private func item(_ asset: String, of memory: MemoryDocument) async throws -> GetItem {
        guard let found = memory.asset(asset) else {
            let kinds = memory.assets.map(\.kind).joined(separator: ", ")
            throw ClientError(
                .notFound, "The memory \(memory.id) has no asset “\(asset)”.", advice: "It has \(kinds).")
        }
        if let blob = found.blob {
            return GetItem(found, of: memory.id, name: try await client.meta(blob).name)
        }
        return GetItem(found, of: memory.id, name: found.kind + "." + (found.type.split(separator: "/").last ?? "bin"))
    }
}

extension ClientError {
    init(noBlob message: String) {
        self.init(
            .notFound, message, advice: "`wharf ls` lists the files of your own capsule, with --capsule of another.")
    }
}
