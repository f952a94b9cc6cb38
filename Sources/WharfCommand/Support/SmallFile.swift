import DurableFiles

/// A file by its directory and its name there.
struct FilePlace: Sendable {
    let directory: POSIXFileSystem
    let name: String

    init(_ path: String) {
        guard let slash = path.lastIndex(of: "/") else {
            directory = POSIXFileSystem(root: "")
            name = path
            return
        }
        directory = POSIXFileSystem(root: slash == path.startIndex ? "/" : String(path[..<slash]))
        name = String(path[path.index(after: slash)...])
    }
}
