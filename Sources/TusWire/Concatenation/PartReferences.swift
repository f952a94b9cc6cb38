public import HTTPWire
public import SessionCore

/// The URLs of partial uploads, as ids and what stands before them. An id is the last segment of its URL's path; what stands
/// before is kept to be sent back, and means nothing: whatever proxies make of paths, the id names the upload.
public struct PartReferences: Hashable, Sendable {
    /// So many URLs one after the other begin alike.
    struct Run: Hashable, Sendable {
        var count: Int
        let prefix: String
    }

    public let ids: [SessionId]
    private let runs: [Run]

    /// Reads URLs with spaces between them, absolute or relative.
    ///
    /// - Throws: 400 for none, and for one that does not end in an id.
    public init(_ text: some StringProtocol) throws(RequestFailure) {
        var ids: [SessionId] = []
        var runs: [Run] = []
        // More spaces than one, which some clients send, belong to what stands before the next id.
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
        // A query or a fragment ends the path; a comma is what several fields are joined with.
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

// MARK: - Keeping it beside the ids

extension PartReferences {
    /// What stands before the ids: a line for each run. A thousand URLs of one server are one line.
    var prefixes: String {
        runs.map { "\($0.count):\($0.prefix)" }.joined(separator: "\n")
    }

    /// - Returns: nil if these are not the prefixes of so many ids.
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
