public import HTTPWire
public import SessionCore

/// The URLs of partial uploads, as ids and prefixes. The id is the last segment of the URL's path and identifies the
/// upload. The prefix is kept to be sent back and otherwise ignored, because proxies may change it.
public struct PartReferences: Hashable, Sendable {
    /// Consecutive URLs with the same prefix.
    struct Run: Hashable, Sendable {
        var count: Int
        let prefix: String
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
            guard let (prefix, id) = Self.split(String(url)) else {
                throw .invalidField(TusField.uploadConcat, "has a URL that is none of a partial upload")
            }
            ids.append(id)
            if let last = runs.last, last.prefix == spaces + prefix {
                runs[runs.count - 1].count += 1
            } else {
                runs.append(Run(count: 1, prefix: spaces + prefix))
            }
            spaces = ""
        }
        guard !ids.isEmpty else { throw .invalidField(TusField.uploadConcat, "names no partial upload") }
        self.ids = ids
        self.runs = runs
    }

    private static func split(_ url: String) -> (prefix: String, id: SessionId)? {
        let prefix = String(url.prefix(max(0, url.count - 32)))
        guard let id = SessionId(text: url.suffix(32)), prefix.isEmpty || prefix.hasSuffix("/") else { return nil }
        // A query or a fragment ends the path; a comma joins several fields.
        guard !prefix.contains(where: { "?#,".contains($0) || $0.isNewline }) else { return nil }
        return (prefix, id)
    }

    /// As it was received.
    public var text: String {
        var urls: [String] = []
        urls.reserveCapacity(ids.count)
        for run in runs {
            for _ in 0..<run.count { urls.append(run.prefix + ids[urls.count].text) }
        }
        return urls.joined(separator: " ")
    }
}

// MARK: - Storing the prefixes

extension PartReferences {
    /// The prefixes, one line for each run. A thousand URLs of one server are one line.
    var prefixes: String {
        runs.map { "\($0.count):\($0.prefix)" }.joined(separator: "\n")
    }

    /// - Returns: nil if the prefixes do not fit the number of ids.
    init?(ids: [SessionId], prefixes: some StringProtocol) {
        var runs: [Run] = []
        var total = 0
        for line in prefixes.split(separator: "\n", omittingEmptySubsequences: false) {
            let digits = line.prefix { $0 != ":" }
            guard let count = Int(digits), count > 0, count <= ids.count - total, digits.count < line.count else {
                return nil
            }
            runs.append(Run(count: count, prefix: String(line.dropFirst(digits.count + 1))))
            total += count
        }
        guard total == ids.count else { return nil }
        self.ids = ids
        self.runs = runs
    }
}
