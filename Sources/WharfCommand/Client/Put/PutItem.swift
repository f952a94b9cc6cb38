import DurableFiles
import Glibc
import UploadClient

/// A source to upload and its name.
struct PutItem: Hashable, Sendable {
    var source: UploadSource
    var name: String
    /// As given on the command line, for messages.
    var label: String

    /// Expands arguments: files, directories with all regular files below, `-` for standard input.
    ///
    /// Names of files below a directory are relative to it and sorted by bytes; links and special files are skipped.
    /// Blocks.
    ///
    /// - Throws: `local_file` if a path does not exist or cannot be read.
    static func items(_ arguments: [String]) throws(ClientError) -> [PutItem] {
        var items: [PutItem] = []
        for argument in arguments {
            if argument == "-" {
                let source = UploadSource.stream(descriptor: STDIN_FILENO, name: "stdin")
                items.append(PutItem(source: source, name: "stdin", label: "-"))
            } else if try kind(argument, following: true) == .directory {
                try add(directory: argument, prefix: "", &items)
            } else {
                let name = argument.split(separator: "/").last.map(String.init) ?? argument
                items.append(PutItem(source: .file(path: argument), name: name, label: argument))
            }
        }
        return items
    }

    private static func add(directory: String, prefix: String, _ items: inout [PutItem]) throws(ClientError) {
        let names: [String]
        do throws(FileError) {
            names = try POSIXFileSystem(root: directory).list("")
        } catch {
            throw ClientError(error, path: directory)
        }
        let base = directory.hasSuffix("/") ? directory : directory + "/"
        for name in names.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
            let path = base + name
            switch try kind(path, following: false) {
            case .directory: try add(directory: path, prefix: prefix + name + "/", &items)
            case .file: items.append(PutItem(source: .file(path: path), name: prefix + name, label: path))
            default: continue
            }
        }
    }

    private static func kind(_ path: String, following: Bool) throws(ClientError) -> FileStatus.Kind {
        do throws(FileError) {
            return try FileStatus(path: path, followingLinks: following).kind
        } catch {
            throw ClientError(error, path: path)
        }
    }
}
