/// Where a Wharf is: `http://HOST[:PORT][/PREFIX]`, or `https`.
public struct ServerAddress: Hashable, Sendable, CustomStringConvertible {
    /// Without a slash at the end, so that a path can follow.
    public let base: String

    /// - Throws: `ClientError` `invalid_argument` for another scheme, no host, credentials, a query or a fragment.
    public init(_ text: String) throws(ClientError) {
        func refusal(_ problem: String) -> ClientError {
            ClientError(
                .invalidArgument, "“\(text)” \(problem).", advice: "Give it as http://HOST:PORT or https://HOST.")
        }
        guard let separator = text.firstRange(of: "://"),
            ["http", "https"].contains(text[..<separator.lowerBound].lowercased())
        else { throw refusal("is no http or https address") }
        let rest = text[separator.upperBound...]
        guard rest.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw refusal("has a character that no address has")
        }
        guard !rest.contains(where: { "?#".contains($0) }) else { throw refusal("has a query or a fragment") }
        let host = rest.prefix { $0 != "/" }
        guard !host.contains("@") else { throw refusal("has credentials in it; tokens are given separately") }
        guard !host.isEmpty, !host.hasPrefix(":") else { throw refusal("names no host") }
        let prefix = rest.dropFirst(host.count).split(separator: "/")
        base = text[..<separator.lowerBound].lowercased() + "://" + host.lowercased() + prefix.map { "/" + $0 }.joined()
    }

    public var description: String { base }
}
