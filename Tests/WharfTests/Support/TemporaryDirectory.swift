import DurableFiles
import Glibc

/// A directory of a test's own; whatever is in it goes with it.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/wharf-store-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failure(number: errno) }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit {
        Self.remove(path)
    }

    private static func remove(_ path: String) {
        if unlink(path) == 0 { return }
        for name in (try? POSIXFileSystem(root: path).list("")) ?? [] { remove(path + "/" + name) }
        rmdir(path)
    }

    struct Failure: Error {
        let number: Int32
    }
}
