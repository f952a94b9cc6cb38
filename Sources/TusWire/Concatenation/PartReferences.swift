public import HTTPWire
public import SessionCore

/// The URLs of partial uploads, as ids and what surrounds them. The id is the last segment of the URL's path and identifies the
/// upload; a slash, a query and a fragment may follow it. The rest is kept to be sent back and otherwise ignored, because proxies
/// may change it.
public struct PartReferences: Hashable, Sendable {
    /// Consecutive URLs that differ in their ids only.
    struct Run: Hashable, Sendable {
        var count: Int
        let prefix: String
        let suffix: String
    }

    public let ids: [SessionId]
    private let runs: [Run]

    /// Reads absolute or relative URLs, separated by spaces.
    ///
    /// - Throws: 400 for an empty list, and for a URL that does not end in an id.
    public init(_ text: some StringProtocol) throws(RequestFailure) {
        var ids: [SessionId] = []
        var runs: [Run] = []
        // Additional spaces, which some clients send, become part of the next prefix.
        var spaces = ""
        for url in text.split(separator: " ", omittingEmptySubsequences: false) {
            guard !url.isEmpty else {
                spaces += " "
                continue
            }
            guard let (prefix, id, suffix) = Self.split(String(url)) else {
                throw .invalidField(TusField.uploadConcat, "has a URL that is none of a partial upload")
            }
            ids.append(id)
            if let last = runs.last, last.prefix == spaces + prefix, last.suffix == suffix {
                runs[runs.count - 1].count += 1
            } else {
                runs.append(Run(count: 1, prefix: spaces + prefix, suffix: suffix))
            }
            spaces = ""
        }
        guard !ids.isEmpty else { throw .invalidField(TusField.uploadConcat, "names no partial upload") }
        self.ids = ids
        self.runs = runs
    }

    private static func split(_ url: String) -> (prefix: String, id: SessionId, suffix: String)? {
        // A comma joins several fields.
        guard !url.contains(where: { $0 == "," || $0.isNewline }) else { return nil }
        var path = url.prefix { $0 != "?" && $0 != "#" }
        if path.hasSuffix("/") { path.removeLast() }
        let prefix = path.dropLast(32)
        guard let id = SessionId(text: path.suffix(32)), prefix.isEmpty || prefix.hasSuffix("/") else { return nil }
        return (String(prefix), id, String(url[path.endIndex...]))
    }

    /// As it was received.
    public var text: String {
        var urls: [String] = []
        urls.reserveCapacity(ids.count)
        for run in runs {
            for _ in 0..<run.count { urls.append(run.prefix + ids[urls.count].text + run.suffix) }
        }
        return urls.joined(separator: " ")
    }
}

// MARK: - Storing what surrounds the ids

extension PartReferences {
    /// One line for each run: the number of URLs, the prefix and, if there is one, the suffix after a number sign, which a
    /// prefix cannot contain. A thousand URLs of one server are one line.
    var surroundings: String {
        runs.map { "\($0.count):\($0.prefix)" + ($0.suffix.isEmpty ? "" : "#" + $0.suffix) }.joined(separator: "\n")
    }

    /// - Returns: nil if the surroundings do not fit the number of ids.
    init?(ids: [SessionId], surroundings: some StringProtocol) {
        var runs: [Run] = []
        var total = 0
        for line in surroundings.split(separator: "\n", omittingEmptySubsequences: false) {
            let digits = line.prefix { $0 != ":" }
            guard let count = Int(digits), count > 0, count <= ids.count - total, digits.count < line.count else {
                return nil
            }
            let rest = line.dropFirst(digits.count + 1)
            let prefix = rest.prefix { $0 != "#" }
            runs.append(Run(count: count, prefix: String(prefix), suffix: String(rest[prefix.endIndex...].dropFirst())))
            total += count
        }
        guard total == ids.count else { return nil }
        self.ids = ids
        self.runs = runs
    }
}
