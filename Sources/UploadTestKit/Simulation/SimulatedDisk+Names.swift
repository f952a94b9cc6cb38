import DurableFiles

/// The calls on names.
extension SimulatedDisk {
    mutating func open(
        _ path: String, writable: Bool, creating: Bool, exclusive: Bool = false, as call: SimulatedCall = .open
    ) throws(FileError) -> SimulatedFile {
        let verdict = try admit(call, path)
        let (directory, name) = try locate(path, call)
        var inode: Int
        switch directories[directory][name] {
        case _? where exclusive:
            throw FileError(.invalid, call: call.rawValue, path: path)
        case .file(let found):
            inode = found
        case .directory:
            throw FileError(.invalid, call: call.rawValue, path: path)
        case .link:
            throw FileError(.symbolicLink, call: call.rawValue, path: path)
        case nil:
            guard creating else {
                try verdict.settle()
                throw FileError(.notFound, call: call.rawValue, path: path)
            }
            if isFull, verdict.failure == nil { throw FileError(.noSpace, call: call.rawValue, path: path) }
            inode = inodes.count
            if verdict.effect != .none {
                inodes.append(Inode())
                directories[directory][name] = .file(inode)
            }
        }
        try verdict.settle()
        lastHandle += 1
        handles[lastHandle] = Handle(inode: inode, path: path, isWritable: writable)
        inodes[inode].openCount += 1
        return SimulatedFile(number: lastHandle, generation: generation)
    }

    mutating func lock(_ path: String) throws(FileError) -> SimulatedFile {
        let file = try open(path, writable: true, creating: true, as: .lock)
        guard let inode = handles[file.number]?.inode else {
            throw FileError(.invalid, call: "lock", path: path)
        }
        guard locks[inode] == nil else {
            handles[file.number] = nil
            inodes[inode].openCount -= 1
            throw FileError(.locked, call: "lock", path: path)
        }
        locks[inode] = file.number
        return file
    }

    mutating func remove(_ path: String) throws(FileError) -> Bool {
        let verdict = try admit(.remove, path)
        guard let (directory, name) = try existing(path), let node = directories[directory][name] else {
            try verdict.settle()
            return false
        }
        if case .directory = node { throw FileError(.invalid, call: "remove", path: path) }
        if verdict.effect != .none {
            directories[directory][name] = nil
            if case .file(let inode) = node {
                inodes[inode].linkCount -= 1
                releaseIfUnused(inode)
            }
        }
        try verdict.settle()
        return true
    }

    mutating func rename(_ path: String, to newPath: String) throws(FileError) {
        let verdict = try admit(.rename, path)
        let (oldDirectory, oldName) = try locate(path, .rename)
        let (newDirectory, newName) = try locate(newPath, .rename)
        guard let node = directories[oldDirectory][oldName] else {
            try verdict.settle()
            throw FileError(.notFound, call: "rename", path: path)
        }
        if case .directory = node, directories[newDirectory][newName] != nil {
            throw FileError(.invalid, call: "rename", path: path)
        }
        // POSIX: two names of one file both stay.
        if verdict.effect != .none, path != newPath, directories[newDirectory][newName] != node {
            if case .file(let replaced) = directories[newDirectory][newName] {
                inodes[replaced].linkCount -= 1
                releaseIfUnused(replaced)
            }
            directories[newDirectory][newName] = node
            directories[oldDirectory][oldName] = nil
        }
        try verdict.settle()
    }

    mutating func link(_ path: String, to newPath: String) throws(FileError) {
        let verdict = try admit(.link, newPath)
        let (oldDirectory, oldName) = try locate(path, .link)
        let (newDirectory, newName) = try locate(newPath, .link)
        let code: FileError.Code? =
            switch directories[oldDirectory][oldName] {
            case .file: directories[newDirectory][newName] == nil ? isFull ? .noSpace : nil : .invalid
            case .directory: .invalid
            case .link: .symbolicLink
            case nil: .notFound
            }
        guard code == nil, case .file(let inode) = directories[oldDirectory][oldName] else {
            try verdict.settle()
            throw FileError(code ?? .notFound, call: SimulatedCall.link.rawValue, path: newPath)
        }
        if verdict.effect != .none {
            directories[newDirectory][newName] = .file(inode)
            inodes[inode].linkCount += 1
            inodes[inode].hadSeveralNames = true
        }
        try verdict.settle()
    }

    mutating func makeDirectory(_ path: String) throws(FileError) {
        let verdict = try admit(.makeDirectory, path)
        if path.isEmpty { return try verdict.settle() }
        let (directory, name) = try locate(path, .makeDirectory)
        switch directories[directory][name] {
        case .directory:
            break
        case .file:
            throw FileError(.invalid, call: "makeDirectory", path: path)
        case .link:
            throw FileError(.symbolicLink, call: "makeDirectory", path: path)
        case nil:
            if isFull, verdict.failure == nil { throw FileError(.noSpace, call: "makeDirectory", path: path) }
            if verdict.effect != .none {
                directories[directory][name] = .directory(directories.count)
                directories.append(SimulatedDirectory())
            }
        }
        try verdict.settle()
    }

    mutating func syncDirectory(_ path: String) throws(FileError) {
        let verdict = try admit(.syncDirectory, path)
        let directory = try directory(path, .syncDirectory)
        if verdict.failure == nil {
            if !ignoresSyncs { syncEntries(of: directory) }
        } else if isStopped {
            if random.chance(0.5) { syncEntries(of: directory) }
        } else if verdict.effect == .part {
            directories[directory].failSync(&random)
        }
        try verdict.settle()
    }

    /// A failure leaves some files and directories durable and, as `syncData`, forgets changed bytes.
    mutating func syncFileSystems(_ paths: [String]) throws(FileError) {
        let verdict = try admit(.syncFileSystems, "")
        for path in paths { _ = try directory(path, .syncFileSystems) }
        for inode in inodes.indices where !ignoresSyncs {
            if verdict.failure == nil || isStopped && random.chance(0.5) {
                inodes[inode].content.sync()
            } else if !isStopped, verdict.effect == .part {
                inodes[inode].content.failSync(&random)
            }
        }
        for directory in directories.indices where !ignoresSyncs {
            if verdict.failure == nil || isStopped && random.chance(0.5) {
                syncEntries(of: directory)
            } else if !isStopped, verdict.effect == .part {
                directories[directory].failSync(&random)
            }
        }
        try verdict.settle()
    }

    /// Shuffled: the port promises no order, and no caller may rely on one.
    mutating func list(_ path: String) throws(FileError) -> [String] {
        let verdict = try admit(.list, path)
        let directory = try directory(path, .list)
        try verdict.settle()
        var names = directories[directory].sortedNames
        random.shuffle(&names)
        return names
    }

    private mutating func syncEntries(of directory: Int) {
        for case .file(let inode) in directories[directory].sync() where !inodes[inode].isLinked {
            let node = SimulatedNode.file(inode)
            if inodes[inode].hadSeveralNames, directories.contains(where: { $0.mayRestore(node) }) { continue }
            inodes[inode].isRecoverable = false
            releaseIfUnused(inode)
        }
    }

    // MARK: Paths

    /// Like `locate`, but nil if a directory of the path is missing, because the name cannot exist then.
    private func existing(_ path: String) throws(FileError) -> (directory: Int, name: String)? {
        do throws(FileError) {
            return try locate(path, .remove)
        } catch {
            if error.code == .notFound { return nil }
            throw error
        }
    }

    /// The parent directory and the last component of a path.
    func locate(_ path: String, _ call: SimulatedCall) throws(FileError) -> (directory: Int, name: String) {
        guard !path.isEmpty, !path.hasPrefix("/") else {
            throw FileError(.invalid, call: call.rawValue, path: path)
        }
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return (0, path) }
        let name = String(path[path.index(after: slash)...])
        return (try directory(String(path[..<slash]), call, of: path), name)
    }

    func directory(_ path: String, _ call: SimulatedCall, of whole: String? = nil) throws(FileError) -> Int {
        var directory = 0
        for name in path.split(separator: "/") {
            switch directories[directory].entries[String(name)] {
            case .directory(let next): directory = next
            case .file: throw FileError(.invalid, call: call.rawValue, path: whole ?? path)
            case .link: throw FileError(.symbolicLink, call: call.rawValue, path: whole ?? path)
            case nil: throw FileError(.notFound, call: call.rawValue, path: whole ?? path)
            }
        }
        return directory
    }
}
