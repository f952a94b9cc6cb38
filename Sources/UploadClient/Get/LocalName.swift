import UploadModel

/// Local file names for the names of blobs, which are untrusted. Pure.
package enum LocalName {
    /// The most bytes of a file name on the file systems of Linux (`NAME_MAX`).
    package static let bytesMax = 255
    /// The longest text after the last dot that counts as an extension, in bytes.
    private static let extensionBytesMax = 16

    /// The components of a relative path for a name with slashes. None of them is empty, `.` or `..`, has a separator or
    /// a control character, or is too long for the file system.
    ///
    /// - Returns: An empty array if nothing is left of the name.
    package static func components(of name: String) -> [String] {
        name.split(separator: "/").filter { $0 != "." }.map { component in
            // A name of dots alone would be a step in the path.
            if component == ".." { return "_" }
            let safe = component.unicodeScalars.map { $0.isUnsafeInText ? "_" : $0 }
            return shortened(String(String.UnicodeScalarView(safe)), toBytes: bytesMax)
        }
    }

    /// The last component of a name; nil if nothing is left of it.
    package static func file(of name: String) -> String? { components(of: name).last }

    /// Cuts characters before the extension until a name fits.
    package static func shortened(_ name: String, toBytes maximum: Int) -> String {
        guard name.utf8.count > maximum else { return name }
        let (stem, suffix) = split(name)
        return prefix(of: stem, atMost: max(0, maximum - suffix.utf8.count)) + suffix
    }

    /// Puts a text between the stem and the extension of a name; the result fits.
    package static func marked(_ name: String, with mark: String) -> String {
        let (stem, suffix) = split(name)
        return prefix(of: stem, atMost: bytesMax - mark.utf8.count - suffix.utf8.count) + mark + suffix
    }

    /// The name of the incomplete file: `NAME.part`, or one with a digest if that would be too long.
    package static func partial(of name: String) -> String {
        let suffix = ".part"
        guard name.utf8.count + suffix.utf8.count > bytesMax else { return name + suffix }
        let mark = "~" + Digest(of: Array(name.utf8)).hex.prefix(16) + suffix
        return prefix(of: name, atMost: bytesMax - mark.utf8.count) + mark
    }

    /// The path of the incomplete file.
    package static func partialPath(of path: String) -> String {
        let start = path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex
        return path[..<start] + partial(of: String(path[start...]))
    }

    /// The longest prefix of whole characters. One character can be longer than a whole name: then of whole scalars.
    private static func prefix(of text: String, atMost maximum: Int) -> String {
        var bytes = 0
        let characters = text.prefix { character in
            bytes += character.utf8.count
            return bytes <= maximum
        }
        if !characters.isEmpty || text.isEmpty { return String(characters) }
        bytes = 0
        let scalars = text.unicodeScalars.prefix { scalar in
            bytes += UTF8.width(scalar)
            return bytes <= maximum
        }
        return String(String.UnicodeScalarView(scalars))
    }

    /// The stem, and the extension with its dot or nothing.
    private static func split(_ name: String) -> (stem: String, suffix: String) {
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex,
            name[dot...].utf8.count <= extensionBytesMax
        else { return (name, "") }
        return (String(name[..<dot]), String(name[dot...]))
    }
}

extension Unicode.Scalar {
    /// Whether it controls a terminal or the order of text instead of being text: control characters, separators of
    /// lines, and invisible format characters. The joiners U+200C and U+200D are text: emoji and several scripts need
    /// them.
    package var isUnsafeInText: Bool {
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate: true
        case .format: properties.isDefaultIgnorableCodePoint && self != "\u{200C}" && self != "\u{200D}"
        default: false
        }
    }
}
