/// A pattern of file names in the notation of rclone's filters. Pure.
///
/// `*` is any number of characters but `/`, `**` any number of characters, `?` one character but `/`, `[a-z]` one of a
/// set and `[^a-z]` one of the others, `{jpg,png}` one of several, and `\` takes the meaning of the next character
/// away. A pattern that begins with `/` matches from the top, any other from the top or after a `/`. One that ends in
/// `/` matches all below directories of that name.
struct Glob: Hashable, Sendable {
    struct Problem: Error, Hashable {
        let text: String
    }

    private enum Token: Hashable, Sendable {
        case scalar(Unicode.Scalar)
        case any
        case star
        case deepStar
        case set([ClosedRange<Unicode.Scalar>], isNegated: Bool)

        func accepts(_ scalar: Unicode.Scalar) -> Bool {
            switch self {
            case .scalar(let own): own == scalar
            case .any, .star: scalar != "/"
            case .deepStar: true
            case .set(let ranges, let isNegated): scalar != "/" && ranges.contains { $0.contains(scalar) } != isNegated
            }
        }

        var repeats: Bool { self == .star || self == .deepStar }
    }

    private let isAnchored: Bool
    private let alternatives: [[Token]]

    /// The most alternatives of one pattern.
    static let alternativesMax = 1000

    init(_ pattern: String) throws(Problem) {
        guard !pattern.isEmpty else { throw Problem(text: "is empty") }
        guard !pattern.contains("{{") else { throw Problem(text: "has a regular expression; only globs are known") }
        isAnchored = pattern.hasPrefix("/")
        var scalars = Array(pattern.unicodeScalars.dropFirst(isAnchored ? 1 : 0))
        if scalars.last == "/" { scalars += ["*", "*"] }
        var alternatives: [[Token]] = []
        for text in try Self.expanded(scalars) { alternatives.append(try Self.tokens(text)) }
        self.alternatives = alternatives
    }

    /// - Parameter name: Relative to the top, with `/` between its parts.
    func matches(_ name: String) -> Bool {
        let scalars = Array(name.unicodeScalars)
        let starts = isAnchored ? [0] : [0] + scalars.indices.filter { scalars[$0] == "/" }.map { $0 + 1 }
        return alternatives.contains { tokens in starts.contains { Self.matches(tokens, scalars[$0...]) } }
    }

    /// Whether everything below a directory matches, so that it need not be read.
    func matchesAll(below directory: String) -> Bool {
        // A last `**` accepts what follows the slash, whatever it is.
        let ends = alternatives.filter { $0.suffix(2) == [.scalar("/"), .deepStar] || $0 == [.deepStar] }
        guard !ends.isEmpty else { return false }
        return Glob(isAnchored: isAnchored, alternatives: ends).matches(directory + "/")
    }

    private init(isAnchored: Bool, alternatives: [[Token]]) {
        self.isAnchored = isAnchored
        self.alternatives = alternatives
    }

    // MARK: - Matching

    /// Follows all places in the pattern at once, so that no pattern takes exponential time.
    private static func matches(_ tokens: [Token], _ text: ArraySlice<Unicode.Scalar>) -> Bool {
        var places = reachable([0], tokens)
        for scalar in text {
            var next: Set<Int> = []
            for place in places where place < tokens.count && tokens[place].accepts(scalar) {
                next.insert(tokens[place].repeats ? place : place + 1)
            }
            places = reachable(next, tokens)
            if places.isEmpty { return false }
        }
        return places.contains(tokens.count)
    }

    /// A star may stand for nothing.
    private static func reachable(_ places: Set<Int>, _ tokens: [Token]) -> Set<Int> {
        var all = places
        for place in places {
            var place = place
            while place < tokens.count, tokens[place].repeats {
                place += 1
                all.insert(place)
            }
        }
        return all
    }

    // MARK: - Reading

    private typealias Scalars = [Unicode.Scalar]

    /// The patterns without braces that a pattern stands for.
    private static func expanded(_ pattern: Scalars) throws(Problem) -> [Scalars] {
        guard let open = unescaped("{", in: pattern, from: 0) else {
            guard unescaped("}", in: pattern, from: 0) == nil else { throw Problem(text: "has a } without {") }
            return [pattern]
        }
        var depth = 0
        var parts: [Scalars] = [[]]
        var place = open
        while place < pattern.count {
            let scalar = pattern[place]
            if scalar == "\\", place + 1 < pattern.count {
                parts[parts.count - 1] += pattern[place...place + 1]
                place += 2
                continue
            }
            if scalar == "{" { depth += 1 }
            if scalar == "}" { depth -= 1 }
            if depth == 0 { break }
            if scalar == ",", depth == 1 {
                parts.append([])
            } else if place > open {
                parts[parts.count - 1].append(scalar)
            }
            place += 1
        }
        guard place < pattern.count else { throw Problem(text: "has a { without }") }
        var all: [Scalars] = []
        for part in parts { all += try expanded(Array(pattern[..<open]) + part + pattern[(place + 1)...]) }
        guard all.count <= alternativesMax else { throw Problem(text: "has too many alternatives") }
        return all
    }

    private static func unescaped(_ wanted: Unicode.Scalar, in pattern: Scalars, from start: Int) -> Int? {
        var place = start
        while place < pattern.count {
            if pattern[place] == wanted { return place }
            place += pattern[place] == "\\" ? 2 : 1
        }
        return nil
    }

    private static func tokens(_ pattern: Scalars) throws(Problem) -> [Token] {
        var tokens: [Token] = []
        var rest = pattern[...]
        while let scalar = rest.popFirst() {
            switch scalar {
            case "*" where rest.first == "*":
                rest = rest.drop { $0 == "*" }
                tokens.append(.deepStar)
            case "*": tokens.append(.star)
            case "?": tokens.append(.any)
            case "[": tokens.append(try set(&rest))
            case "\\":
                guard let next = rest.popFirst() else { throw Problem(text: "ends with a \\") }
                tokens.append(.scalar(next))
            default: tokens.append(.scalar(scalar))
            }
        }
        return tokens
    }

    /// The rest of a set, after its bracket.
    private static func set(_ rest: inout ArraySlice<Unicode.Scalar>) throws(Problem) -> Token {
        var isNegated = false
        if let first = rest.first, first == "^" || first == "!" {
            isNegated = true
            rest.removeFirst()
        }
        var ranges: [ClosedRange<Unicode.Scalar>] = []
        while var scalar = rest.popFirst() {
            if scalar == "]", !ranges.isEmpty { return .set(ranges, isNegated: isNegated) }
            if scalar == "\\", let next = rest.popFirst() { scalar = next }
            if rest.first == "-", let end = rest.dropFirst().first, end != "]" {
                guard scalar <= end else { throw Problem(text: "has a range that is empty") }
                ranges.append(scalar...end)
                rest.removeFirst(2)
            } else {
                ranges.append(scalar...scalar)
            }
        }
        throw Problem(text: "has a [ without ]")
    }
}

/// Which files below the given directories are sent. Pure.
struct PathFilter: Hashable, Sendable {
    /// If there are any, only files that match one are sent.
    var included: [Glob] = []
    /// Files that match one are not sent, whatever else they match.
    var excluded: [Glob] = []

    /// - Parameter name: Relative to the given directory.
    func admits(_ name: String) -> Bool {
        guard !excluded.contains(where: { $0.matches(name) }) else { return false }
        return included.isEmpty || included.contains { $0.matches(name) }
    }

    /// Whether no file below a directory is sent.
    func excludesAll(below directory: String) -> Bool {
        excluded.contains { $0.matchesAll(below: directory) }
    }
}
