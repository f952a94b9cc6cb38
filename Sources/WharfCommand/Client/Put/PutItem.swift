import UploadClient

/// A source to upload and its name.
struct PutItem: Hashable, Sendable {
    var source: UploadSource
    var name: String
    /// As given on the command line, for messages.
    var label: String
    /// As the file system says.
    var size: UInt64 = 0
    var modifiedNanoseconds: Int64 = 0
    /// Empty for standard input.
    var absolute: LocalPath = ""

    var journalPath: String { absolute.key }

    /// nil for standard input.
    var file: PutFile? {
        guard case .file(let path) = source else { return nil }
        return PutFile(
            path: path, name: name, size: size, modifiedNanoseconds: modifiedNanoseconds, journalPath: journalPath)
    }
}
