import DurableFiles

/// The state behind a `SimulatedFileSystem`: disk, page cache and open files of one simulated machine.
struct SimulatedDisk: Sendable {
    struct Inode: Sendable {
        var content = SimulatedContent()
        var openCount = 0
        /// The names that refer to it.
        var linkCount = 1
        /// Whether it ever had more than one name, so that a crash may restore one in any directory.
        var hadSeveralNames = false
        /// A crash may restore a name that refers to it.
        var isRecoverable = true
        /// Its sectors count as used.
        var holdsRoom = true

        var isLinked: Bool { linkCount > 0 }
    }

    struct Handle: Sendable {
        let inode: Int
        let path: String
        let isWritable: Bool
        var isDirect = false
    }

    struct CountKey: Hashable, Sendable {
        let call: SimulatedCall
        let path: String
    }

    static let fileBytesMax = 1 << 30

    var random: SeededRandom
    var inodes: [Inode] = []
    /// The first one is the root.
    var directories = [SimulatedDirectory()]
    var handles: [Int: Handle] = [:]
    /// The handle that holds the lock, by inode.
    var locks: [Int: Int] = [:]
    var lastHandle = 0
    var generation = 0

    var faults: SimulatedFaults
    var injections: [SimulatedInjection] = []
    var isFull = false
    var ignoresSyncs = false
    var capacity: UInt64?
    var usedSectors = 0

    var step = 0
    var crashStep: Int?
    /// The boots of the machine.
    var boots = 1
    var isStopped = false
    var counts: [CountKey: Int] = [:]
    var log = SimulatedLog()

    init(seed: UInt64, faults: SimulatedFaults, capacity: UInt64?) {
        random = SeededRandom(seed: seed)
        self.faults = faults
        self.capacity = capacity
    }

    // MARK: Admission

    /// Every fallible call passes through here before it has any effect.
    mutating func admit(
        _ call: SimulatedCall, _ path: String, offset: UInt64? = nil, count: Int? = nil
    ) throws(FileError) -> SimulatedVerdict {
        guard !isStopped else { throw FileError(.crashed, call: call.rawValue, path: path) }
        step += 1
        note(call, path, offset: offset, count: count)
        if step == crashStep {
            isStopped = true
            return verdict(.crashed, call, path)
        }
        if let code = takeInjection(call, path) {
            let failure = FileError(code, call: call.rawValue, path: path)
            return SimulatedVerdict(failure: failure, effect: call.canTakePartialEffect ? .part : .none)
        }
        if let code = faults.draw(call, &random) { return verdict(code, call, path) }
        return SimulatedVerdict()
    }

    mutating func note(_ call: SimulatedCall, _ path: String, offset: UInt64? = nil, count: Int? = nil) {
        counts[CountKey(call: call, path: path), default: 0] += 1
        log.append(SimulatedCallRecord(step: step, call: call, path: path, offset: offset, count: count))
    }

    private mutating func verdict(_ code: FileError.Code, _ call: SimulatedCall, _ path: String) -> SimulatedVerdict {
        let failure = FileError(code, call: call.rawValue, path: path)
        if call.canTakePartialEffect { return SimulatedVerdict(failure: failure, effect: .part) }
        return SimulatedVerdict(failure: failure, effect: random.chance(0.5) ? .whole : .none)
    }

    private mutating func takeInjection(_ call: SimulatedCall, _ path: String) -> FileError.Code? {
        for index in injections.indices where injections[index].matches(call, path) {
            if injections[index].skips == 0 { return injections.remove(at: index).code }
            injections[index].skips -= 1
        }
        return nil
    }

    // MARK: Room

    var freeSectors: Int {
        if isFull { return 0 }
        guard let capacity else { return .max }
        return max(0, Int(clamping: capacity) / SimulatedContent.sectorBytes - usedSectors)
    }

    mutating func freeBytes() throws(FileError) -> UInt64 {
        try admit(.freeBytes, "").settle()
        let sectors = freeSectors
        return sectors == .max ? .max : UInt64(sectors * SimulatedContent.sectorBytes)
    }

    /// Frees the space once neither a name nor an open file needs the bytes, and discards them once no crash can
    /// restore them.
    mutating func releaseIfUnused(_ inode: Int) {
        guard !inodes[inode].isLinked, inodes[inode].openCount == 0 else { return }
        if inodes[inode].holdsRoom {
            inodes[inode].holdsRoom = false
            usedSectors -= inodes[inode].content.allocatedSectors
        }
        if !inodes[inode].isRecoverable { inodes[inode].content = SimulatedContent() }
    }

    /// Changes a file's bytes and updates the number of used sectors.
    mutating func change(_ inode: Int, _ body: (inout SimulatedContent) -> Void) {
        let before = inodes[inode].content.allocatedSectors
        body(&inodes[inode].content)
        usedSectors += inodes[inode].content.allocatedSectors - before
    }
}

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
                case .link: break
                }
            }
        }
        return found.sorted { $0.path < $1.path }
    }

    mutating func plantLink(_ path: String) -> Bool {
        guard let (directory, name) = try? locate(path, .open), directories[directory][name] == nil
        else { return false }
        directories[directory].plantDurably(name, .link)
        return true
    }

    mutating func removeDurably(_ path: String) -> Bool {
        guard let inode = inode(at: path), let (directory, name) = try? locate(path, .remove) else { return false }
        directories[directory].removeDurably(name)
        inodes[inode].linkCount -= 1
        if !inodes[inode].isLinked { inodes[inode].isRecoverable = false }
        releaseIfUnused(inode)
        return true
    }
}

/// The state after a restart of the machine, or of the process alone.
extension SimulatedDisk {
    mutating func restart(losingUnsynced: Bool) {
        if losingUnsynced {
            boots += 1
            for directory in directories.indices { directories[directory].losePower(&random) }
            for inode in inodes.indices { inodes[inode].content.losePower(&random) }
        }
        generation += 1
        handles = [:]
        locks = [:]
        isStopped = false
        crashStep = nil
        recount(forgettingUnlinked: losingUnsynced)
    }

    /// Recomputes from the names which files exist and how many sectors they use.
    private mutating func recount(forgettingUnlinked: Bool) {
        var linkCounts: [Int: Int] = [:]
        var unvisited = [0]
        while let directory = unvisited.popLast() {
            // The iteration order of the dictionary does not affect the result.
            for node in directories[directory].entries.values {
                switch node {
                case .file(let inode): linkCounts[inode, default: 0] += 1
                case .directory(let next): unvisited.append(next)
                case .link: break
                }
            }
        }
        usedSectors = 0
        for inode in inodes.indices {
            inodes[inode].linkCount = linkCounts[inode] ?? 0
            let isLinked = inodes[inode].isLinked
            inodes[inode].holdsRoom = isLinked
            inodes[inode].openCount = 0
            if isLinked {
                inodes[inode].isRecoverable = true
                usedSectors += inodes[inode].content.allocatedSectors
            } else if forgettingUnlinked {
                inodes[inode].isRecoverable = false
            }
            releaseIfUnused(inode)
        }
    }
}
