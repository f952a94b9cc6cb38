/// Names of files in an archive: relative paths that stay in the directory where the archive is unpacked, valid on all
/// common systems, and different in all of them.
package struct ArchiveNames: Sendable {
    /// Of one part of a path in UTF-8: what common file systems take, with room for a number.
    private static let partBytesMax = 240
    /// Of an ending that a shortened name keeps, with its dot.
    private static let endingBytesMax = 20
    /// Of the whole path in UTF-8.
    private static let pathBytesMax = 4000

    /// The names in use, without regard to case.
    private var used: Set<String> = []

    package init() {}

    /// A name for a file, different from all earlier ones: `a.jpg`, `a (2).jpg`.
    ///
    /// - Parameter name: What its owner calls it: any text, with directories or without.
    package mutating func add(_ name: String) -> String {
        let path = Self.safe(name)
        var (candidate, number) = (path, 1)
        while !used.insert(candidate.lowercased()).inserted {
            number += 1
            candidate = Self.numbered(path, number)
        }
        return candidate
    }

    private static func numbered(_ path: String, _ number: Int) -> String {
        let slash = path.lastIndex(of: "/")
        let name = slash.map { path.index(after: $0) } ?? path.startIndex
        let dot = path[name...].lastIndex(of: ".").flatMap { $0 == name ? nil : $0 } ?? path.endIndex
        return path[..<dot] + " (\(number))" + path[dot...]
    }

    private static func safe(_ name: String) -> String {
        let parts = name.split(omittingEmptySubsequences: true) { $0 == "/" || $0 == "\\" }
            .map { part(String($0)) }.filter { !$0.isEmpty }
        let path = parts.joined(separator: "/")
        // A path that is too long keeps its last part.
        let kept = path.utf8.count <= pathBytesMax ? path : parts.last ?? ""
        return kept.isEmpty ? "unnamed" : kept
    }

    /// One part of a path; empty for one that names no file.
    private static func part(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            let isUnwanted =
                switch scalar.value {
                case 0..<0x20, 0x7F...0x9F: true
                // Invisible characters that change the direction of what follows.
                case 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
                default: "<>:\"|?*".unicodeScalars.contains(scalar)
                }
            scalars.append(isUnwanted ? "_" : scalar)
        }
        var part = shortened(String(scalars))
        // Windows drops dots and blanks at the end; `..` would leave the directory.
        while part.last == "." || part.last == " " { part.removeLast() }
        let stem = part.prefix { $0 != "." }.lowercased()
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
        ["con", "prn", "aux", "nul"] + ["com", "lpt"].flatMap { name in (1...9).map { "\(name)\($0)" } })
}
