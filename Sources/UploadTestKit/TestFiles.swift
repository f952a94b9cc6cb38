import DurableFiles

/// Reads and writes whole files by absolute path.
package enum TestFiles {
    private static let files = POSIXFileSystem(root: "/")

    /// Replaces the content of a file; creates the file if it does not exist.
    package static func write(_ bytes: some Sequence<UInt8>, to path: String) throws {
        let file = try files.open(path, .readWriteCreating)
        defer { files.close(file) }
        try files.truncate(file, to: 0)
        try Array(bytes).withUnsafeBytes { try files.write(file, $0, at: 0) }
    }

    /// All bytes of a file, regardless of its reported size; nil if it cannot be opened.
    package static func read(_ path: String) -> [UInt8]? {
        guard let file = try? files.open(path, .read) else { return nil }
        defer { files.close(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let offset = UInt64(bytes.count)
            let count = try? buffer.withUnsafeMutableBytes { try files.read(file, into: $0, at: offset) }
            guard let count, count > 0 else { return bytes }
            bytes += buffer[..<count]
        }
    }
}
