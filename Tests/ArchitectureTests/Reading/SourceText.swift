/// A Swift source file line by line, with code, comments and string contents told apart. It knows comments (nested
/// ones too), string literals of every kind with their interpolations, and names in backticks; regex literals it
/// takes for code.
struct SourceText {
    struct Line: Equatable {
        /// What the compiler sees, strings emptied.
        var code = ""
        /// What only people see.
        var comment = ""
    }

    let lines: [Line]

    init(_ text: String) {
        var scanner = Scanner(Array(text.utf8))
        scanner.scan()
        lines = scanner.lines(isEndedByNewline: text.hasSuffix("\n"))
    }
}

// MARK: - One pass over the bytes

private struct Scanner {
    private enum Mode {
        /// Code, inside so many parentheses of an interpolation.
        case code(parentheses: Int)
        case string(hashes: Int, quotes: Int)
        case lineComment
        case blockComment
    }

    private let text: [UInt8]
    private var position = 0
    private var modes: [Mode] = [.code(parentheses: 0)]
    private var code: [UInt8] = []
    private var comment: [UInt8] = []

    init(_ text: [UInt8]) {
        self.text = text
    }

    func lines(isEndedByNewline: Bool) -> [SourceText.Line] {
        func split(_ bytes: [UInt8]) -> [String] {
            bytes.split(separator: Self.newline, omittingEmptySubsequences: false).map {
                String(decoding: $0, as: UTF8.self)
            }
        }
        let lines = zip(split(code), split(comment)).map { SourceText.Line(code: $0, comment: $1) }
        return isEndedByNewline ? lines.dropLast() : lines
    }

    mutating func scan() {
        while position < text.count, let mode = modes.last {
            if text[position] == Self.newline {
                newline(mode)
                continue
            }
            switch mode {
            case .code(let parentheses): scanCode(parentheses)
            case .string(let hashes, let quotes): scanString(hashes, quotes)
            case .lineComment: takeComment()
            case .blockComment: scanBlockComment()
            }
        }
    }

    /// Ends the line of both outputs, and what cannot reach over lines.
    private mutating func newline(_ mode: Mode) {
        position += 1
        code.append(Self.newline)
        comment.append(Self.newline)
        switch mode {
        case .lineComment, .string(_, quotes: 1): modes.removeLast()
        default: break
        }
    }

    private mutating func scanCode(_ parentheses: Int) {
        let byte = text[position]
        guard Self.special.contains(byte) else {
            code.append(byte)
            position += 1
            return
        }
        if starts("//") || starts("/*") {
            modes.append(starts("//") ? .lineComment : .blockComment)
            position += 2
            return
        }
        let hashes = text[position...].prefix { $0 == UInt8(ascii: "#") }.count
        if starts("\"", at: position + hashes) {
            position += hashes
            let quotes = starts("\"\"\"") ? 3 : 1
            position += quotes
            modes.append(.string(hashes: hashes, quotes: quotes))
            code.append(UInt8(ascii: "\""))
            return
        }
        if byte == UInt8(ascii: "`"), let close = text[(position + 1)...].firstIndex(of: byte) {
            position = close + 1
            code.append(UInt8(ascii: "_"))
            return
        }
        if modes.count > 1, byte == UInt8(ascii: "(") || byte == UInt8(ascii: ")") {
            let isOpening = byte == UInt8(ascii: "(")
            modes.removeLast()
            if !isOpening, parentheses == 0 {
                position += 1
                return
            }
            modes.append(.code(parentheses: parentheses + (isOpening ? 1 : -1)))
        }
        code.append(byte)
        position += 1
    }

    private mutating func scanString(_ hashes: Int, _ quotes: Int) {
        guard text[position] == UInt8(ascii: "\"") || text[position] == UInt8(ascii: "\\") else {
            position += 1
            return
        }
        let fence = String(repeating: "#", count: hashes)
        if starts(String(repeating: "\"", count: quotes) + fence) {
            position += quotes + hashes
            modes.removeLast()
            code.append(UInt8(ascii: "\""))
        } else if starts("\\" + fence) {
            position += 1 + hashes
            code.append(UInt8(ascii: " "))
            if starts("(") { modes.append(.code(parentheses: 0)) }
            if !starts("\n") { position += 1 }
        } else {
            position += 1
        }
    }

    private mutating func scanBlockComment() {
        if starts("*/") {
            modes.removeLast()
            position += 2
        } else if starts("/*") {
            modes.append(.blockComment)
            position += 2
        } else {
            takeComment()
        }
    }

    /// What may begin or end something other than plain code.
    private static let special = Array("/#\"`()".utf8)
    private static let newline = UInt8(ascii: "\n")

    private mutating func takeComment() {
        comment.append(text[position])
        position += 1
    }

    private func starts(_ prefix: String, at start: Int? = nil) -> Bool {
        text[min(start ?? position, text.count)...].starts(with: prefix.utf8)
    }
}
