import HTTPWire
package import SessionCore
package import UploadCore

/// Below what the objects of published blobs are named, within the location of a store.
package struct PublicationPrefix: Hashable, Sendable {
    /// Without slashes at its ends.
    package let text: String

    /// The longest one, in bytes.
    package static let bytesMax = 128
    /// What lies beside published objects, and is the store's own.
    package static let reserved: Set = ["segments", "quarantine", "probe"]

    /// - Returns: Nil unless it consists of names of letters, digits and `-._~` between slashes, of which the first is none of
    ///   `reserved`.
    package init?(_ text: String) {
        let text = text.hasSuffix("/") ? String(text.dropLast()) : text
        let names = text.split(separator: "/", omittingEmptySubsequences: false)
        guard names.allSatisfy({ $0 != "" && $0 != "." && $0 != ".." }),
            text.utf8.allSatisfy({ $0.isUnreserved || $0 == UInt8(ascii: "/") }), text.utf8.count <= Self.bytesMax,
            let first = names.first, !Self.reserved.contains(String(first))
        else { return nil }
        self.text = text
    }
}

extension PublicationPrefix {
    /// The longest name of an object that S3 takes, in bytes of UTF-8.
    static let nameBytesMax = 1024
    /// The longest file name at its end, in bytes: what common file systems take.
    static let fileNameBytesMax = 255
    private static let endingBytesMax = 20

    /// The name of a blob's object in a store: `<location>/<prefix>/<capsule>/<upload>/<file name>`. The id makes it unique,
    /// and the file name, which anybody may have chosen, is one harmless part of a path.
    ///
    /// - Parameter location: The prefix of the store, which is empty or ends with a slash.
    package func name(of upload: SessionId, in capsule: CapsuleId, fileName: String, at location: String) -> String {
        let folder = "\(folder(at: location))\(capsule.text)/\(upload.text)/"
        let bytesMax = min(Self.fileNameBytesMax, Self.nameBytesMax - folder.utf8.count)
        return folder + Self.fileName(fileName, bytesMax: bytesMax)
    }

    /// What the names of all published objects begin with.
    func folder(at location: String) -> String { "\(location)\(text)/" }

    /// The last part of a file name, without what is not shown or means something to a system.
    static func fileName(_ text: String, bytesMax: Int) -> String {
        // By scalars: a slash with a combining mark behind it is another character, and still a slash.
        let last = text.unicodeScalars.split { $0 == "/" || $0 == "\\" }.last ?? Substring.UnicodeScalarView()
        var scalars = String.UnicodeScalarView()
        for scalar in last {
            let isUnwanted =
                switch scalar.properties.generalCategory {
                // The joiner of emoji is of this category, too.
                case .format: scalar.value != 0x200D
                case .control, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: true
                default: "<>:\"|?*".unicodeScalars.contains(scalar)
                }
            scalars.append(isUnwanted ? "_" : scalar)
        }
        var name = shortened(String(scalars), to: bytesMax).unicodeScalars
        // Windows drops dots and blanks at the end; `..` would be a step in the path.
        while name.last == "." || name.last == " " { name.removeLast() }
        return name.isEmpty ? "unnamed" : String(name)
    }

    /// Without characters from the middle, so that the ending is kept.
    private static func shortened(_ name: String, to bytesMax: Int) -> String {
        guard name.utf8.count > bytesMax else { return name }
        let last = name.lastIndex(of: ".").map { String(name[$0...]) } ?? ""
        let ending = last.utf8.count <= endingBytesMax ? last : ""
        var (kept, bytes) = (String.UnicodeScalarView(), ending.utf8.count)
        // A single character may be longer than the limit.
        for scalar in name.unicodeScalars {
            bytes += String(scalar).utf8.count
            guard bytes <= bytesMax else { break }
            kept.append(scalar)
        }
        return String(kept) + ending
    }
}

extension String {
    /// The name of a published object without its last part, which is the file's and logs do not tell.
    package var withoutFileName: String { split(separator: "/").dropLast().joined(separator: "/") }
}
