import DeliberateFaults
import DurableFiles
public import UploadCore

extension FileBlobStore {
    /// Truncates an object to its final length, durably. An object of length 0 need not exist.
    func seal(_ key: ObjectKey, length: UInt64) async throws(UploadError) {
        let (files, path, durability, observer) = (files, layout.path(of: key), durability, observer)
        let size: UInt64 = try await onPool { () throws(FileError) in
            guard let size = try files.size(at: path) else { return 0 }
            if size > length {
                let file = try files.open(path, .readWrite)
                defer { files.close(file) }
                try files.truncate(file, to: length)
                if durability == .powerLoss { try files.syncData(file, observer: observer) }
            }
            return size
        }
        guard size >= length else {
            throw UploadError(.storeCorrupt(detail: "object \(key.digest.hex) has \(size) of \(length) bytes"))
        }
    }

    public func remove(_ keys: [ObjectKey]) async throws(UploadError) {
        if let first = try await removeEach(keys).first { throw first.error }
    }

    public func removeEach(_ keys: [ObjectKey]) async throws(UploadError) -> [UnremovedObject] {
        if DeliberateFault.leaveGarbage.isOn { return [] }
        let (files, layout, durability) = (files, layout, durability)
        return try await onPool { () throws(FileError) in
            var unremoved: [UnremovedObject] = []
            var directories: Set<Int> = []
            for key in keys {
                do throws(FileError) {
                    // Synced even if the name does not exist: an earlier removal may not be durable yet.
                    _ = try files.remove(layout.path(of: key))
                    directories.insert(layout.shard(of: key))
                } catch {
                    unremoved.append(UnremovedObject(key: key, error: UploadError(error)))
                }
            }
            guard durability == .powerLoss else { return unremoved }
            for shard in directories.sorted() { try files.syncDirectory(layout.directory(shard)) }
            return unremoved
        }
    }

    public func path(of key: ObjectKey) -> String { layout.path(of: key) }

    public var shards: Range<Int> { 0..<layout.shards }

    public func contents(ofShard shard: Int) async throws(UploadError) -> ShardContents {
        let (files, layout) = (files, layout)
        return try await onPool { () throws(FileError) in
            var contents = ShardContents(objects: [], unknownFiles: [])
            for name in try files.list(layout.directory(shard)).sorted() {
                guard let key = layout.key(named: name, inShard: shard) else {
                    contents.unknownFiles.append(name)
                    continue
                }
                do throws(FileError) {
                    let size = try files.size(at: layout.path(of: key))
                    if let size { contents.objects.append((key, name, size)) }
                } catch {
                    guard error.code == .symbolicLink else { throw error }
                    contents.unknownFiles.append(name)
                }
            }
            return contents
        }
    }

    public func unknownFilesOutsideShards() async throws(UploadError) -> [String] {
        let (files, layout) = (files, layout)
        return try await onPool { () throws(FileError) in
            let shards = Set(layout.allDirectories)
            return try files.list(ObjectLayout.root).sorted().filter { !shards.contains(ObjectLayout.root + "/" + $0) }
        }
    }

    public func quarantine(_ name: String, inShard shard: Int?) async throws(UploadError) {
        let (files, layout) = (files, layout)
        try await onPool { () throws(FileError) in
            let directory = shard.map(layout.directory) ?? ObjectLayout.root
            let prefix = shard.map(String.init) ?? ObjectLayout.root
            let taken = Set(try files.list(ObjectLayout.quarantine))
            var target = "\(prefix)-\(name)"
            var number = 1
            while taken.contains(target) {
                number += 1
                target = "\(prefix)-\(name)-\(number)"
            }
            try files.rename(directory + "/" + name, to: ObjectLayout.quarantine + "/" + target)
            try files.syncDirectory(ObjectLayout.quarantine)
            try files.syncDirectory(directory)
        }
    }
}
