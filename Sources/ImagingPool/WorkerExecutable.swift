import Glibc

/// Where `wharf-imaging` is.
public enum WorkerExecutable {
    public static let name = "wharf-imaging"

    /// Looks beside the executable that is running, then along `path`. Asks the file system: call it before the server serves.
    ///
    /// - Parameter path: Directories separated by colons, as in `PATH`; relative ones are passed over.
    /// - Returns: nil if there is none that may be executed.
    public static func find(path: String?) -> String? {
        let directories = [directoryOfThisProgram() ?? ""] + (path ?? "").split(separator: ":").map(String.init)
        return directories.filter { $0.hasPrefix("/") }
            .map { "\($0)/\(name)" }
            .first { access($0, X_OK) == 0 }
    }

    private static func directoryOfThisProgram() -> String? {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        guard count > 0, let slash = buffer[..<count].lastIndex(of: UInt8(ascii: "/")) else { return nil }
        return String(decoding: buffer[..<slash], as: UTF8.self)
    }
}
