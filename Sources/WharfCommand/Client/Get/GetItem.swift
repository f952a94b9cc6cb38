import NativeWire
import UploadClient

/// Something to download, and the name that it has on the server.
struct GetItem: Hashable, Sendable {
    enum Source: Hashable, Sendable {
        case blob(BlobDocument)
        case asset(AssetDocument, memory: String)
    }

    let source: Source
    /// Untrusted; may have slashes.
    let name: String

    init(_ blob: BlobDocument) {
        source = .blob(blob)
        name = blob.name
    }

    init(_ asset: AssetDocument, of memory: String, name: String) {
        source = .asset(asset, memory: memory)
        self.name = name
    }

    var id: String {
        switch source {
        case .blob(let blob): blob.blob
        case .asset(let asset, _): asset.id
        }
    }

    /// In bytes.
    var size: UInt64 {
        switch source {
        case .blob(let blob): blob.size
        case .asset(let asset, _): asset.size
        }
    }

    /// In hexadecimal; nil for a concatenation.
    var sha256: String? {
        switch source {
        case .blob(let blob): blob.sha256
        case .asset(let asset, _): asset.sha256
        }
    }
}

/// The paths of downloads in a directory. Pure.
enum GetPlan {
    /// One path for each item, relative and safe, without duplicates: of items that would have the same path, all but the
    /// first have their id in the name. So the same items have the same paths, whatever else is downloaded later.
    ///
    /// - Parameter keepsDirectories: Whether names with slashes become paths with directories; otherwise their last
    ///   components are used.
    static func paths(of items: [GetItem], keepsDirectories: Bool) -> [String] {
        var files: Set<String> = []
        var directories: Set<String> = []
        return items.map { item in
            var components = LocalName.components(of: item.name)
            if components.isEmpty { components = [item.id] }
            if !keepsDirectories { components = Array(components.suffix(1)) }
            let name = components.removeLast()
            // A name may also be that of a directory which another name needs.
            for index in components.indices {
                components[index] = free(components[index], with: "-files") { name in
                    !files.contains((components[..<index] + [name]).joined(separator: "/"))
                }
                directories.insert(components[...index].joined(separator: "/"))
            }
            let path = components.map { $0 + "/" }.joined()
            let file = free(name, with: "-\(item.id)") { name in
                !files.contains(path + name) && !directories.contains(path + name)
            }
            files.insert(path + file)
            return path + file
        }
    }

    /// The name, or the name with a mark that makes it free: an uploader may have chosen names that have the mark.
    private static func free(_ name: String, with mark: String, isFree: (String) -> Bool) -> String {
        if isFree(name) { return name }
        var (candidate, number) = (LocalName.marked(name, with: mark), 1)
        while !isFree(candidate) {
            number += 1
            candidate = LocalName.marked(name, with: "\(mark)-\(number)")
        }
        return candidate
    }
}

/// The output of `get --json` for a file: the document of the blob or asset, and its path.
struct GetResult: Encodable, Sendable {
    let item: GetItem
    let path: String
    /// Whether the file was there already.
    let isUnchanged: Bool

    private enum CodingKeys: String, CodingKey {
        case path, memory, unchanged
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch item.source {
        case .blob(let blob): try blob.encode(to: encoder)
        case .asset(let asset, let memory):
            try asset.encode(to: encoder)
            try container.encode(memory, forKey: .memory)
        }
        try container.encode(path, forKey: .path)
        try container.encode(isUnchanged, forKey: .unchanged)
    }
}
