import DurableFiles

/// The calls on open files.
extension SimulatedDisk {
    /// A sector. Any memory will do: what happens must not depend on addresses.
    static let directAlignment = DirectAlignment(blockBytes: SimulatedContent.sectorBytes, memoryBytes: 1)

    mutating func close(_ file: SimulatedFile) {
        guard file.generation == generation, let handle = handles.removeValue(forKey: file.number) else { return }
        note(.close, handle.path)
        if locks[handle.inode] == file.number { locks[handle.inode] = nil }
        inodes[handle.inode].openCount -= 1
        releaseIfUnused(handle.inode)
    }

    mutating func size(_ file: SimulatedFile) throws(FileError) -> UInt64 {
        let handle = try handle(file, .size)
        try admit(.size, handle.path).settle()
        return UInt64(inodes[handle.inode].content.size)
    }

    mutating func read(
        _ file: SimulatedFile, into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64
    ) throws(FileError) -> Int {
        let handle = try handle(file, .read)
        try admit(.read, handle.path, offset: offset, count: buffer.count).settle()
        guard let start = Int(exactly: offset) else { throw FileError(.invalid, call: "read", path: handle.path) }
        return inodes[handle.inode].content.read(into: buffer, at: start)
    }

    mutating func write(
        _ file: SimulatedFile, _ bytes: UnsafeRawBufferPointer, at offset: UInt64
    ) throws(FileError) {
        let handle = try handle(file, .write, writing: true)
        let call = handle.isDirect ? SimulatedCall.writeDirect : .write
        var verdict = try admit(call, handle.path, offset: offset, count: bytes.count)
        guard offset <= UInt64(Self.fileBytesMax), Int(offset) + bytes.count <= Self.fileBytesMax,
            !handle.isDirect || Self.directAlignment.permits(bytes.count, at: offset)
        else {
            throw FileError(.invalid, call: call.rawValue, path: handle.path)
        }
        var count = inodes[handle.inode].content.fitting(bytes.count, at: Int(offset), freeSectors: freeSectors)
        if count < bytes.count, verdict.failure == nil {
            verdict.failure = FileError(.noSpace, call: call.rawValue, path: handle.path)
        }
        if verdict.effect == .part { count = random.within(0...count) }
        if verdict.effect != .none {
            let part = UnsafeRawBufferPointer(rebasing: bytes[..<count])
            change(handle.inode) { $0.write(part, at: Int(offset)) }
        }
        try verdict.settle()
    }

    /// A second handle of the file, through its name.
    mutating func openDirect(_ file: SimulatedFile) throws(FileError) -> SimulatedFile? {
        let handle = try handle(file, .openDirect)
        try admit(.openDirect, handle.path).settle()
        guard inode(at: handle.path) == handle.inode else { return nil }
        lastHandle += 1
        handles[lastHandle] = Handle(inode: handle.inode, path: handle.path, isWritable: true, isDirect: true)
        inodes[handle.inode].openCount += 1
        return SimulatedFile(number: lastHandle, generation: generation)
    }

    mutating func truncate(_ file: SimulatedFile, to size: UInt64) throws(FileError) {
        let handle = try handle(file, .truncate, writing: true)
        let verdict = try admit(.truncate, handle.path, offset: size)
        guard size <= UInt64(Self.fileBytesMax) else {
            throw FileError(.invalid, call: "truncate", path: handle.path)
        }
        if verdict.effect != .none { change(handle.inode) { $0.truncate(to: Int(size)) } }
        try verdict.settle()
    }

    mutating func syncData(_ file: SimulatedFile) throws(FileError) {
        let handle = try handle(file, .syncData)
        let verdict = try admit(.syncData, handle.path)
        if verdict.failure == nil {
            if !ignoresSyncs { inodes[handle.inode].content.sync() }
        } else if isStopped {
            // `losePower` decides for each dirty sector whether it is durable, unless the sync completed and the crash
            // came before it returned.
            if random.chance(0.5) { inodes[handle.inode].content.sync() }
        } else if verdict.effect == .part {
            inodes[handle.inode].content.failSync(&random)
        }
        try verdict.settle()
    }

    /// Writes zeros past the end of the file: its present sectors count as allocated.
    mutating func allocate(_ file: SimulatedFile, _ size: UInt64) throws(FileError) {
        let handle = try handle(file, .allocate, writing: true)
        var verdict = try admit(.allocate, handle.path, offset: size)
        guard size <= UInt64(Self.fileBytesMax) else {
            throw FileError(.invalid, call: "allocate", path: handle.path)
        }
        let start = inodes[handle.inode].content.size
        let wanted = max(0, Int(size) - start)
        var count = inodes[handle.inode].content.fitting(wanted, at: start, freeSectors: freeSectors)
        if count < wanted, verdict.failure == nil {
            verdict.failure = FileError(.noSpace, call: "allocate", path: handle.path)
        }
        if verdict.effect == .part { count = random.within(0...count) }
        if verdict.effect != .none, count > 0 {
            let zeros = [UInt8](repeating: 0, count: count)
            zeros.withUnsafeBytes { bytes in change(handle.inode) { $0.write(bytes, at: start) } }
        }
        try verdict.settle()
    }

    mutating func isAt(_ path: String, _ file: SimulatedFile) throws(FileError) -> Bool {
        let handle = try handle(file, .isAt)
        try admit(.isAt, path).settle()
        return inode(at: path) == handle.inode
    }

    /// The open file behind a handle. Handles from before a restart belong to a dead process.
    private func handle(
        _ file: SimulatedFile, _ call: SimulatedCall, writing: Bool = false
    ) throws(FileError) -> Handle {
        guard file.generation == generation, !isStopped else {
            throw FileError(.crashed, call: call.rawValue, path: handles[file.number]?.path ?? "")
        }
        guard let handle = handles[file.number], handle.isWritable || !writing else {
            throw FileError(.invalid, call: call.rawValue, path: handles[file.number]?.path ?? "")
        }
        return handle
    }
}

extension DirectAlignment {
    fileprivate func permits(_ count: Int, at offset: UInt64) -> Bool {
        offset % UInt64(blockBytes) == 0 && count % blockBytes == 0
    }
}
