import UploadClient

/// Text for terminals. Pure.
enum TerminalText {
    /// Replaces what could move the cursor, change the order of text, or hide something: names are untrusted.
    static func safe(_ text: String) -> String { replacingUnsafe(text, except: []) }

    /// The same, but lines stay lines.
    static func safeLines(_ text: String) -> String { replacingUnsafe(text, except: ["\n"]) }

    private static func replacingUnsafe(_ text: String, except kept: Set<Unicode.Scalar>) -> String {
        guard text.unicodeScalars.contains(where: { $0.isUnsafeInText && !kept.contains($0) }) else { return text }
        return String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { $0.isUnsafeInText && !kept.contains($0) ? "\u{FFFD}" : $0 }))
    }

    /// JSON in which such characters are escaped, which changes only its form: they occur in strings alone.
    static func safeJSON(_ json: String) -> String {
        json.unicodeScalars.reduce(into: "") { safe, scalar in
            guard scalar.isUnsafeInText else { return safe.unicodeScalars.append(scalar) }
            for unit in UTF16.encode(scalar) ?? UTF16.EncodedScalar() {
                let digits = String(unit, radix: 16)
                safe += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        }
    }

    // MARK: - Columns

    /// The columns that a text takes: two for each wide character (Unicode Standard Annex 11), one for others.
    static func columns(of text: String) -> Int { text.reduce(0) { $0 + columns(of: $1) } }

    private static func columns(of character: Character) -> Int {
        guard let first = character.unicodeScalars.first else { return 0 }
        let isWide =
            first.properties.isEmojiPresentation || character.unicodeScalars.contains("\u{FE0F}")
            || wideRanges.contains { $0.contains(first.value) }
        return isWide ? 2 : 1
    }

    /// Hangul, ideographs, kana and full-width forms.
    private static let wideRanges: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF,
        0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x20000...0x3FFFD,
    ]

    /// A text of at most so many columns; `…` stands for what was cut off.
    static func shortened(_ text: String, toColumns maximum: Int) -> String {
        guard columns(of: text) > maximum else { return text }
        var used = 1
        let prefix = text.prefix { character in
            used += columns(of: character)
            return used <= maximum
        }
        return maximum > 0 ? prefix + "…" : ""
    }

    /// A text with spaces before it, or after it, up to so many columns.
    static func padded(_ text: String, toColumns width: Int, alignedRight: Bool = false) -> String {
        let spaces = String(repeating: " ", count: max(0, width - columns(of: text)))
        return alignedRight ? spaces + text : text + spaces
    }
}
