import Foundation

/// The package's own source files.
struct PackageTree {
    struct File {
        /// Relative to the package.
        let path: String
        let text: SourceText
    }

    struct NotFound: Error {}

    let root: URL

    /// Finds the package upward from a file of it, through symbolic links.
    init(above path: String = #filePath) throws {
        var folder = URL(fileURLWithPath: path).resolvingSymlinksInPath()
        while folder.path != "/" {
            folder.deleteLastPathComponent()
            let manifest = try? String(contentsOf: folder.appendingPathComponent("Package.swift"), encoding: .utf8)
            if manifest?.contains("name: \"wharf\"") == true {
                root = folder
                return
            }
        }
        throw NotFound()
    }

    /// - Parameter path: Relative to the package.
    func text(of path: String) throws -> String {
        try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }

    /// The names of the folders in a folder.
    func folders(in folder: String) throws -> [String] {
        let names = try FileManager.default.contentsOfDirectory(atPath: root.appendingPathComponent(folder).path)
        return names.sorted().filter { name in
            var isFolder: ObjCBool = false
            let path = root.appendingPathComponent(folder).appendingPathComponent(name).path
            return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
        }
    }

    /// All Swift files below a folder.
    func files(in folder: String) throws -> [File] {
        let names = try FileManager.default.subpathsOfDirectory(atPath: root.appendingPathComponent(folder).path)
        return try names.sorted().filter { $0.hasSuffix(".swift") }.map { name in
            let path = folder + "/" + name
            let text = try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
            return File(path: path, text: SourceText(text))
        }
    }

    /// What rules find below folders, as `path:line: message`. These tests themselves are full of examples: they are
    /// left out.
    func violations(of rules: [Rule], in folders: [String]) throws -> [String] {
        try folders.flatMap { try files(in: $0) }
            .filter { !$0.path.hasPrefix("Tests/ArchitectureTests/") }
            .flatMap { file in
                rules.flatMap { $0.check(file.text) }.map { "\(file.path):\($0.line): \($0.message)" }
            }
    }
}
