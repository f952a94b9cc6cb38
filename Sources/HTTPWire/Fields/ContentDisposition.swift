/// `Content-Disposition` of a download (RFC 6266, with the extended notation of RFC 8187). The value is printable ASCII
/// on one line for any name.
public enum ContentDisposition {
    /// The value with the file name: `inline` if a browser may display the type, `attachment` otherwise.
    public static func format(name: String, type: MediaType) -> String {
        let kind = shownInPlace.contains(type.essence) ? "inline" : "attachment"
        let name = presentable(name)
        guard !name.isEmpty else { return kind }
        let fallback = fallback(for: name)
        let extended = fallback == name ? "" : "; filename*=UTF-8''\(encoded(name))"
        return "\(kind); filename=\"\(fallback)\"\(extended)"
    }

    /// The file name in the field of a request, in either notation; nil if it has none. Only a name, never a path.
    package static func fileName(in value: String) -> String? {
        let parameters = HeaderParameters(value)
        return parameters.extended("filename") ?? parameters["filename"]
    }

    /// Types without scripts. SVG and HTML can contain scripts, and are downloaded.
    private static let shownInPlace: Set<String> = [
        "image/avif", "image/bmp", "image/gif", "image/heic", "image/jpeg", "image/png", "image/webp",
        "audio/aac", "audio/flac", "audio/mp4", "audio/mpeg", "audio/ogg", "audio/wav", "audio/webm",
        "video/mp4", "video/ogg", "video/quicktime", "video/webm",
        "text/plain",
    ]

    /// Removes control characters, path separators and bidirectional overrides, which can display `gpj.exe` as
    /// `exe.jpg` (RFC 6266, section 4.3).
    private static func presentable(_ name: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in name.unicodeScalars {
            let isUnwanted =
                switch scalar.value {
                case 0..<0x20, 0x7F...0x9F, 0x2F, 0x5C: true
                case 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
                default: false
                }
            scalars.append(isUnwanted ? "_" : scalar)
        }
        let text = String(scalars)
        return text.utf8.allSatisfy { $0 == UInt8(ascii: ".") } ? text.replacing(".", with: "_") : text
    }

    /// The fallback for recipients that support only ASCII. Percent signs are removed, since some recipients decode
    /// them (RFC 6266, appendix D).
    private static func fallback(for name: String) -> String {
        String(
            String.UnicodeScalarView(
                name.unicodeScalars.map { scalar in
                    scalar.isASCII && scalar != "\"" && scalar != "%" ? scalar : "_"
                }))
    }

    /// `value-chars` of RFC 8187, section 3.2.1.
    private static func encoded(_ name: String) -> String {
        name.percentEncoded { $0.isTokenCharacter && !Self.notAttributeCharacters.contains($0) }
    }

    private static let notAttributeCharacters = Array("*'%".utf8)
}
