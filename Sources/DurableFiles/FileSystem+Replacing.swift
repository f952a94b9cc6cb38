extension FileSystem {
    /// Writes a new file with a random name in the directory of `path`, and makes its bytes durable.
    ///
    /// The name cannot be guessed, and what has it already is neither opened nor replaced: it is safe in a directory
    /// that others may write to.
    ///
    /// - Parameter prepare: Called with the empty file, for example to set its permissions.
    /// - Returns: The path of the new file, for the caller to rename or link, and to sync the directory. If the call
    ///   throws, the file is removed.
    package func writeNew(
        _ bytes: [UInt8], beside path: String, prepare: (File) throws(FileError) -> Void = { _ in }
    ) throws(FileError) -> String {
        let new = Self.randomName(beside: path)
        let file = try open(new, .creatingNew)
        do throws(FileError) {
            try prepare(file)
            let written = bytes.withUnsafeBytes { bytes in
                Result { () throws(FileError) in try write(file, bytes, at: 0) }
            }
            try written.get()
            try syncData(file)
        } catch {
            close(file)
            _ = try? remove(new)
            throw error
        }
        close(file)
        return new
    }

    /// Replaces a file as a whole, or creates it; durable when it returns. After a crash the old file or the new one is
    /// there, and perhaps another one named `.NAME.….new`.
    ///
    /// - Parameters:
    ///   - path: A file in the root.
    ///   - prepare: As in `writeNew`.
    package func replace(
        _ path: String, with bytes: [UInt8], prepare: (File) throws(FileError) -> Void = { _ in }
    ) throws(FileError) {
        let new = try writeNew(bytes, beside: path, prepare: prepare)
        do throws(FileError) {
            try rename(new, to: path)
        } catch {
            _ = try? remove(new)
            throw error
        }
        try syncDirectory("")
    }

    private static func randomName(beside path: String) -> String {
        var random = SystemRandomNumberGenerator()
        let digits = [random.next(), random.next()].map { (word: UInt64) in
            let text = String(word, radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }.joined()
        let slash = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
        return path[..<slash] + ".\(path[slash...]).\(digits).new"
    }
}
