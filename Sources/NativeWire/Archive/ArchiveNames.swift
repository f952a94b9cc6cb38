/// Names of files in an archive: relative paths that stay in the directory where the archive is unpacked, valid on all
/// common systems, and different in all of them.
package struct ArchiveNames: Sendable {
    /// Of one part of a path in UTF-8: what common file systems take, with room for a number.
    private static let partBytesMax = 240
    /// Of an ending that a shortened name keeps, with its dot.
    private static let endingBytesMax = 20
    /// Of the whole path in UTF-8.
    private static let pathBytesMax = 4000

    /// The paths in use, without regard to case.
    private var files: Set<String> = []
    /// What the directories are called, by what their owners call them, without regard to case. Their paths end with `/`.
    private var directories: [String: String] = [:]
    private var directoriesInUse: Set<String> = []
    /// The number that a path had last, so that thousands of files of one name cost no more than as many of different ones.
    private var numbers: [String: Int] = [:]

    package init() {}

    /// A name for a file, different from all earlier ones: `a.jpg`, `a (2).jpg`. A directory of the name of an earlier file
    /// gets a number, too, since a file cannot be in a file.
    ///
    /// - Parameter name: What its owner calls it: any text, with directories or without.
    package mutating func add(_ name: String) -> String {
        let parts = Self.safe(name)
        var parent = ""
        for part in parts.dropLast() { parent = directory(parent, part) }
        let path = free(parent, parts.last ?? "", asDirectory: false)
        files.insert(Self.folded(path))
        return path
    }

    /// Files share a directory, and another one may have taken its name.
    private mutating func directory(_ parent: String, _ part: String) -> String {
        let key = Self.folded(parent + part)
        if let known = directories[key] { return known }
        let path = free(parent, part, asDirectory: true)
        directories[key] = path + "/"
        directoriesInUse.insert(Self.folded(path))
        return path + "/"
    }

    private mutating func free(_ parent: String, _ part: String, asDirectory isDirectory: Bool) -> String {
        let key = Self.folded(parent + part)
        guard isUsed(key, isDirectory) else { return parent + part }
        var number = numbers[key] ?? 1
        while true {
            number += 1
            let path = parent + Self.numbered(part, number)
            guard !isUsed(Self.folded(path), isDirectory) else { continue }
            numbers[key] = number
            return path
        }
    }

    private func isUsed(_ key: String, _ isDirectory: Bool) -> Bool {
        files.contains(key) || !isDirectory && directoriesInUse.contains(key)
    }

    /// The same for names that a file system without regard to case takes for one: `ß` and `SS`, `ﬁ` and `fi`.
    private static func folded(_ path: String) -> String { path.uppercased().lowercased() }

    private static func numbered(_ part: String, _ number: Int) -> String {
        let dot = part.lastIndex(of: ".").flatMap { $0 == part.startIndex ? nil : $0 } ?? part.endIndex
        return part[..<dot] + " (\(number))" + part[dot...]
    }

    /// The parts of a path, of which there is at least one.
    private static func safe(_ name: String) -> [String] {
        let parts = name.split(omittingEmptySubsequences: true) { $0 == "/" || $0 == "\\" }
            .map { part(String($0)) }.filter { !$0.isEmpty }
        guard let last = parts.last else { return ["unnamed"] }
        // A path that is too long keeps its last part.
        let bytes = parts.reduce(parts.count - 1) { $0 + $1.utf8.count }
        return bytes <= pathBytesMax ? parts : [last]
    }

    /// One part of a path; empty for one that names no file.
    private static func part(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            let isUnwanted =
                switch scalar.value {
                case 0..<0x20, 0x7F...0x9F: true
                // Invisible characters that change the direction of what follows.
                case 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x2069, 0xFEFF: true
                default: "<>:\"|?*".unicodeScalars.contains(scalar)
                }
            scalars.append(isUnwanted ? "_" : scalar)
        }
        var part = shortened(String(scalars))
        // Windows drops dots and blanks at the end; `..` would leave the directory.
        while part.last == "." || part.last == " " { part.removeLast() }
        var stem = part.prefix { $0 != "." }.lowercased()
        while stem.last == " " { stem.removeLast() }
        return devices.contains(stem) ? "_" + part : part
    }

    /// Without characters from the middle, so that the ending is kept.
    private static func shortened(_ part: String) -> String {
        guard part.utf8.count > partBytesMax else { return part }
        let last = part.lastIndex(of: ".").map { String(part[$0...]) } ?? ""
        let ending = last.utf8.count <= endingBytesMax ? last : ""
        var (kept, bytes) = ("", ending.utf8.count)
        for character in part {
            bytes += character.utf8.count
            guard bytes <= partBytesMax else { break }
            kept.append(character)
        }
        return kept + ending
    }

    /// Names that Windows gives to devices, with any ending.
    private static let devices = Set(
        ["con", "prn", "aux", "nul", "conin$", "conout$", "clock$"]
            + ["com", "lpt"].flatMap { name in "0123456789¹²³".map { "\(name)\($0)" } })
}
