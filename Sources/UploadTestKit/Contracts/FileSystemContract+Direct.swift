import DurableFiles

extension FileSystemContract {
    /// Also where the file system of this machine's disk refuses direct writes: nothing is checked then.
    func directWritesAreLikeOthers(_ files: Files) throws {
        let file = try files.open("a", .readWriteCreating)
        defer { files.close(file) }
        guard let alignment = files.directAlignment, let direct = try openDirect(files, file) else { return }
        defer { files.close(direct) }
        let block = alignment.blockBytes
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 2 * block, alignment: alignment.memoryBytes)
        defer { memory.deallocate() }
        memory.initializeMemory(as: UInt8.self, repeating: 7)
        // The first block and its neighbours through the page cache, so that pages of the direct write exist.
        try write([UInt8](repeating: 1, count: 4 * block + 5), to: file, at: 0, files)
        guard try writeDirect(UnsafeRawBufferPointer(memory), to: direct, at: UInt64(block), files) else { return }
        let expected =
            [UInt8](repeating: 1, count: block) + [UInt8](repeating: 7, count: 2 * block)
            + [UInt8](repeating: 1, count: block + 5)
        try requireEqual(read(expected.count, from: file, at: 0, files), expected, "the bytes around a direct write")
        try files.syncData(file)
        try files.syncData(direct)
        _ = try writeDirect(UnsafeRawBufferPointer(memory), to: direct, at: UInt64(5 * block), files)
        try requireEqual(files.size(file), UInt64(7 * block), "the size after a direct write past the end")
        try requireEqual(
            read(block, from: file, at: UInt64(4 * block), files),
            [UInt8](repeating: 1, count: 5) + [UInt8](repeating: 0, count: block - 5), "the gap before it")
        _ = try files.remove("a")
        try require(openDirect(files, file) == nil, "A file without a name is not opened once more")
        let other = try files.open("a", .readWriteCreating)
        try require(openDirect(files, file) == nil, "A name that leads to another file is not opened")
        files.close(other)
    }

    private func openDirect(_ files: Files, _ file: Files.File) throws -> Files.File? {
        do {
            return try files.openDirect(file)
        } catch let error where error.code == .invalid {
            return nil
        }
    }

    /// - Returns: false if the file system refuses direct writes.
    private func writeDirect(
        _ bytes: UnsafeRawBufferPointer, to file: Files.File, at offset: UInt64, _ files: Files
    ) throws -> Bool {
        do {
            try files.write(file, bytes, at: offset)
            return true
        } catch let error where error.code == .invalid {
            return false
        }
    }
}
