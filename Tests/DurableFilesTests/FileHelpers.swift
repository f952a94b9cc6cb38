import DurableFiles

extension FileSystem {
    func write(_ bytes: [UInt8], to file: File, at offset: UInt64 = 0) throws {
        try bytes.withUnsafeBytes { try write(file, $0, at: offset) }
    }

    func read(_ count: Int, from file: File, at offset: UInt64 = 0) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0xEE, count: count)
        let done = try bytes.withUnsafeMutableBytes { try read(file, into: $0, at: offset) }
        return Array(bytes.prefix(done))
    }

    /// A file with these bytes, name and all durable, and open.
    func makeDurable(_ path: String, _ bytes: [UInt8] = [], in directory: String = "") throws -> File {
        let file = try open(path, .readWriteCreating)
        try write(bytes, to: file)
        try syncData(file)
        try syncDirectory(directory)
        return file
    }
}

/// The code of the file error that `body` throws, or nil if it works.
func failure<Value>(_ body: () throws -> Value) -> FileError.Code? {
    do {
        _ = try body()
        return nil
    } catch {
        return (error as? FileError)?.code
    }
}
