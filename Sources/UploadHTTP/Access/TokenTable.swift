public import UploadCore

/// The tokens of a file, one a line:
///
///     PRINCIPAL sha256:HEX [operator]
///
/// where HEX is the SHA-256 of the token. Empty lines and lines that begin with `#` are ignored. A principal may have
/// several tokens; a token belongs to one.
public struct TokenTable: Hashable, Sendable {
    public static let entriesMax = 100_000
    public static let principalBytesMax = 255

    public struct Entry: Hashable, Sendable {
        public let principal: Principal
        /// The SHA-256 of the token.
        public let digest: Digest
        public let isOperator: Bool

        public init(principal: Principal, digest: Digest, isOperator: Bool) {
            self.principal = principal
            self.digest = digest
            self.isOperator = isOperator
        }

        /// The line of the file, without its end.
        public var line: String {
            "\(principal.name) sha256:\(digest.hex)" + (isOperator ? " operator" : "")
        }
    }

    public let entries: [Entry]

    /// Reads a whole file.
    ///
    /// - Throws: `TokenTableError` with the number of the line.
    public init(parsing text: String) throws(TokenTableError) {
        var entries: [Entry] = []
        var lines: [Digest: Int] = [:]
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            guard let entry = try Self.entry(in: line, number: index + 1) else { continue }
            if let earlier = lines.updateValue(index + 1, forKey: entry.digest) {
                throw TokenTableError(line: index + 1, problem: "has the same token as line \(earlier)")
            }
            guard entries.count < Self.entriesMax else {
                throw TokenTableError(line: index + 1, problem: "exceeds the limit of \(Self.entriesMax) tokens")
            }
            entries.append(entry)
        }
        self.entries = entries
    }

    /// Reads one line.
    ///
    /// - Returns: nil for an empty line or a comment.
    public static func entry(in line: some StringProtocol, number: Int) throws(TokenTableError) -> Entry? {
        let words = line.split(whereSeparator: \.isWhitespace)
        guard let first = words.first, !first.hasPrefix("#") else { return nil }
        func fail(_ problem: String) -> TokenTableError { TokenTableError(line: number, problem: problem) }
        guard words.count >= 2 else { throw fail("must read PRINCIPAL sha256:HEX [operator]") }
        if let problem = problem(withPrincipal: first) { throw fail(problem) }
        let prefix = "sha256:"
        guard words[1].hasPrefix(prefix), let digest = Digest(hex: words[1].dropFirst(prefix.utf8.count)) else {
            // The word is not shown: it may be a token, entered by mistake.
            throw fail("needs sha256: and 64 hexadecimal digits after the principal")
        }
        let flags = words[2...]
        guard flags.isEmpty || flags.elementsEqual(["operator"]) else {
            throw fail("may have nothing but “operator” after the hash")
        }
        return Entry(principal: Principal(String(first)), digest: digest, isOperator: !flags.isEmpty)
    }

    /// The reason why a name cannot be the principal of a token, in a file or a JWT; nil for a valid name.
    public static func problem(withPrincipal name: some StringProtocol) -> String? {
        if name.isEmpty || name.hasPrefix("sha256:") { return "has no principal" }
        if name.hasPrefix("#") { return "has a principal that begins with #, which is a comment" }
        if name.hasPrefix(Principal.linkPrefix) {
            return "has a principal that begins with \(Principal.linkPrefix), which is reserved for upload links"
        }
        if name.utf8.count > principalBytesMax { return "has a principal of more than \(principalBytesMax) bytes" }
        let isPlain = name.unicodeScalars.allSatisfy { scalar in
            !scalar.properties.isWhitespace && scalar.properties.generalCategory != .control
        }
        return isPlain ? nil : "has a principal with a space or a control character"
    }
}

/// A malformed token file. Never shows a token or a hash.
public struct TokenTableError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The first is 1.
    public let line: Int
    public let problem: String

    public init(line: Int, problem: String) {
        self.line = line
        self.problem = problem
    }

    public var description: String { "line \(line) \(problem)" }
}
