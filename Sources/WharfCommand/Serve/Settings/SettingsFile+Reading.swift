import DurableFiles

extension SettingsFile {
    /// Reads a file. Blocks.
    ///
    /// - Throws: `SettingsError`, also if there is no such file: whoever names one wants it.
    static func read(_ path: String) throws(SettingsError) -> [String: String] {
        try parse(try bytes(path), path: path)
    }

    private static func bytes(_ path: String) throws(SettingsError) -> [UInt8] {
        do throws(FileError) {
            let place = FilePlace(path)
            let file = try place.directory.open(place.name, .read)
            defer { place.directory.close(file) }
            return try place.directory.readAll(file, atMost: UInt64(bytesMax))
        } catch {
            throw SettingsError("\(path): \(error.code == .notFound ? "there is no such file" : "\(error)")")
        }
    }
}
