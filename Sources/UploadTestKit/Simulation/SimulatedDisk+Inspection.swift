import DurableFiles

extension SimulatedDisk {
    func inode(at path: String) -> Int? {
        guard let (directory, name) = try? locate(path, .open),
            case .file(let inode) = directories[directory][name]
        else { return nil }
        return inode
    }

    func files(under path: String) -> [(path: String, size: UInt64)] {
        guard let start = try? directory(path, .list) else { return [] }
        var found: [(path: String, size: UInt64)] = []
        var unvisited = [(path, start)]
        while let (path, directory) = unvisited.popLast() {
            for (name, node) in directories[directory].entries {
                let child = path.isEmpty ? name : path + "/" + name
                switch node {
                case .file(let inode): found.append((child, UInt64(inodes[inode].content.size)))
                case .directory(let next): unvisited.append((child, next))
                }
            }
        }
        return found.sorted { $0.path < $1.path }
    }

    mutating func removeDurably(_ path: String) -> Bool {
        guard let inode = inode(at: path), let (directory, name) = try? locate(path, .remove) else { return false }
        directories[directory].removeDurably(name)
        inodes[inode].isLinked = false
        inodes[inode].isRecoverable = false
        releaseIfUnused(inode)
        return true
    }
}
