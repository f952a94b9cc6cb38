import DurableFiles
import Glibc
import UploadClient

/// The files that the arguments of a command stand for: files, directories with all regular files below, `-` for
/// standard input.
///
/// Names of files below a directory are relative to it and sorted by bytes. What cannot be read does not stop the rest.
struct FileWalk: Sendable {
    /// Something that is not sent.
    struct PassedOver: Hashable, Sendable {
        enum Reason: String, CaseIterable, Sendable {
            case symbolicLink = "symbolic link"
            case fifo = "FIFO"
            case socket, device
            case loop = "link to a directory around it"
            case unknown = "special file"
            case filtered = "excluded file"
            /// What file managers leave in every directory; only with `--photos`.
            case system = "system file"
        }

        let label: String
        let reason: Reason
    }

    struct Failure: Sendable {
        let label: String
        let error: ClientError
    }

    private(set) var items: [PutItem] = []
    private(set) var passedOver: [PassedOver] = []
    private(set) var failures: [Failure] = []

    private let filter: PathFilter
    private let followsLinks: Bool

    /// Blocks.
    ///
    /// - Parameter followsLinks: Whether links below a directory stand for what they lead to.
    init(_ arguments: [LocalPath], filter: PathFilter = PathFilter(), followsLinks: Bool = false) {
        self.filter = filter
        self.followsLinks = followsLinks
        for argument in arguments {
            if argument == "-" {
                let source = UploadSource.stream(descriptor: STDIN_FILENO, name: "stdin")
                items.append(PutItem(source: source, name: "stdin", label: "-"))
            } else {
                add(argument)
            }
        }
    }

    /// Gives the only file another name.
    mutating func rename(to name: String) {
        if !items.isEmpty { items[0].name = name }
    }

    private mutating func add(_ argument: LocalPath) {
        do throws(ClientError) {
            let status = try Self.status(argument, following: true)
            let absolute = try argument.absolute()
            switch status.kind {
            case .directory:
                add(directory: Directory(path: argument, absolute: absolute, prefix: "", above: [status.id]))
            case .file: add(file: argument, absolute, name: argument.lastComponent.text, status)
            default: failures.append(Failure(label: argument.text, error: .notRegular(argument.text)))
            }
        } catch {
            failures.append(Failure(label: argument.text, error: error))
        }
    }

    private struct Directory {
        let path: LocalPath
        let absolute: LocalPath
        /// Of the names below it.
        let prefix: String
        /// It and the directories around it.
        let above: Set<FileStatus.Id>
    }

    private mutating func add(directory: Directory) {
        let names: [[UInt8]]
        do throws(FileError) {
            names = try directory.path.withCString { path in
                Result { () throws(FileError) in
                    try POSIXFileSystem.names(inDirectory: path, named: directory.path.text)
                }
            }.get()
        } catch {
            let failure = ClientError(error, path: directory.path.text)
            failures.append(Failure(label: directory.path.text, error: failure))
            return
        }
        for name in names.sorted(by: { $0.lexicographicallyPrecedes($1) }) { add(name, in: directory) }
    }

    private mutating func add(_ bytes: [UInt8], in directory: Directory) {
        let entry = LocalPath(bytes: bytes)
        let (path, absolute) = (directory.path.appending(entry), directory.absolute.appending(entry))
        let name = directory.prefix + entry.text
        do throws(ClientError) {
            let status = try Self.status(path, following: followsLinks)
            switch status.kind {
            case .directory:
                guard !directory.above.contains(status.id) else { return pass(path, .loop) }
                guard !filter.excludesAll(below: name) else { return pass(path, .filtered) }
                add(
                    directory: Directory(
                        path: path, absolute: absolute, prefix: name + "/",
                        above: directory.above.union([status.id])))
            case .file: add(file: path, absolute, name: name, status)
            case .symbolicLink: pass(path, .symbolicLink)
            case .fifo: pass(path, .fifo)
            case .socket: pass(path, .socket)
            case .device: pass(path, .device)
            case .other: pass(path, .unknown)
            }
        } catch {
            failures.append(Failure(label: path.text, error: error))
        }
    }

    private mutating func add(file path: LocalPath, _ absolute: LocalPath, name: String, _ status: FileStatus) {
        guard filter.admits(name) else { return pass(path, .filtered) }
        items.append(
            PutItem(
                source: .file(path), name: name, label: path.text, size: status.size,
                modifiedNanoseconds: status.modifiedNanoseconds, absolute: absolute))
    }

    private mutating func pass(_ path: LocalPath, _ reason: PassedOver.Reason) {
        passedOver.append(PassedOver(label: path.text, reason: reason))
    }

    private static func status(_ path: LocalPath, following: Bool) throws(ClientError) -> FileStatus {
        do throws(FileError) {
            return try path.withCString { name in
                Result { () throws(FileError) in
                    try FileStatus(path: name, named: path.text, followingLinks: following)
                }
            }.get()
        } catch {
            throw ClientError(error, path: path.text)
        }
    }
}

extension LocalPath {
    /// The bytes of arguments, which the parser passes on with U+FFFD in the place of what is not UTF-8.
    ///
    /// - Parameter raw: All arguments of the process, as bytes.
    static func arguments(_ texts: [String], raw: [[UInt8]]) -> [LocalPath] {
        var rest = raw[...]
        return texts.map { text in
            guard text.unicodeScalars.contains("\u{FFFD}"),
                let place = rest.firstIndex(where: { String(decoding: $0, as: UTF8.self) == text })
            else { return LocalPath(text) }
            // The same text may stand for several arguments, which come in this order.
            defer { rest.remove(at: place) }
            return LocalPath(bytes: rest[place])
        }
    }

    /// The arguments of this process.
    static var rawArguments: [[UInt8]] {
        (0..<Int(CommandLine.argc)).compactMap { number in
            CommandLine.unsafeArgv[number].map { argument in
                Array(UnsafeRawBufferPointer(start: argument, count: strlen(argument)))
            }
        }
    }
}
