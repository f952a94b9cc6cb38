import HTTPWire

extension S3Location {
    /// Parses `s3://bucket[/prefix][?setting=value[&…]]` with these settings:
    ///
    /// - `endpoint`: `http://` or `https://`, a host and an optional port; Amazon's endpoint of the region without it;
    /// - `preset`: an `S3Preset`; required with an endpoint, `aws` without one;
    /// - `region`: required by the preset `aws`;
    /// - `addressing`, `integrity`, `deletion-batch`, `part-copies`: replace those of the preset.
    ///
    /// - Throws: An error of kind `configuration` that names the part and what it may be.
    public init(parsing text: String) throws(S3Error) {
        guard text.hasPrefix("s3://") else { throw .location("must begin with s3://") }
        let parts = text.dropFirst(5).split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let names = parts[0].split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        bucket = try Self.bucket(names[0])
        prefix = try names.count > 1 ? Self.prefix(names[1]) : ""

        var settings = try Self.settings(parts.count > 1 ? parts[1] : "")
        let endpoint = try settings.removeValue(forKey: "endpoint").map(Self.endpoint)
        let named: S3Preset? = try Self.choice("preset", settings.removeValue(forKey: "preset"))
        guard let preset = named ?? (endpoint == nil ? .aws : nil) else {
            throw .location("needs a preset beside the endpoint: \(Self.list(S3Preset.self))")
        }
        guard let region = try settings.removeValue(forKey: "region").map(Self.region) ?? preset.defaultRegion else {
            throw .location("needs a region, such as region=eu-central-1")
        }
        var engine = preset.engine
        engine.addressing =
            try Self.choice("addressing", settings.removeValue(forKey: "addressing")) ?? engine.addressing
        engine.integrity = try Self.choice("integrity", settings.removeValue(forKey: "integrity")) ?? engine.integrity
        engine.deletionBatch =
            try settings.removeValue(forKey: "deletion-batch").map(Self.deletionBatch) ?? engine.deletionBatch
        let copies: Switch? = try Self.choice("part-copies", settings.removeValue(forKey: "part-copies"))
        engine.copiesParts = copies.map { $0 == .on } ?? engine.copiesParts
        if let unknown = settings.keys.min() {
            throw .location("has the unknown setting “\(unknown)”")
        }
        guard let endpoint = endpoint ?? (preset == .aws ? .amazon(region) : nil) else {
            throw .location("needs an endpoint, such as endpoint=http://127.0.0.1:8333")
        }
        if engine.addressing == .virtualHost, endpoint.isSecure, bucket.contains(".") {
            throw .location("has a dot in its bucket, which no certificate covers as a host name: use addressing=path")
        }
        (self.endpoint, self.region, self.engine) = (endpoint, region, engine)
    }

    /// The longest prefix, without its slash: a key has at most 1,024 bytes.
    public static let prefixBytesMax = 512

    /// The rules for general purpose buckets: 3 to 63 lower-case letters, digits, dots and hyphens.
    private static func bucket(_ text: Substring) throws(S3Error) -> String {
        let isValid =
            (3...63).contains(text.utf8.count)
            && text.utf8.allSatisfy { $0.isLowerOrDigit || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
            && text.utf8.first?.isLowerOrDigit == true && text.utf8.last?.isLowerOrDigit == true
            && !text.contains("..")
        guard isValid else {
            throw .location("has no valid bucket: 3 to 63 lower-case letters, digits, dots and hyphens")
        }
        return String(text)
    }

    /// Unreserved characters only, so that every engine and every proxy sees the same key.
    private static func prefix(_ text: Substring) throws(S3Error) -> String {
        let text = text.hasSuffix("/") ? text.dropLast() : text
        guard !text.isEmpty else { return "" }
        let names = text.split(separator: "/", omittingEmptySubsequences: false)
        guard names.allSatisfy({ $0 != "" && $0 != "." && $0 != ".." }),
            text.utf8.allSatisfy({ $0.isUnreserved || $0 == UInt8(ascii: "/") })
        else {
            throw .location("has no valid prefix: letters, digits, and - . _ ~, in names between slashes")
        }
        guard text.utf8.count <= prefixBytesMax else {
            throw .location("has a prefix of \(text.utf8.count) bytes; at most \(prefixBytesMax) are possible")
        }
        return text + "/"
    }

    private static func settings(_ query: Substring) throws(S3Error) -> [String: String] {
        var settings: [String: String] = [:]
        for pair in query.split(separator: "&") {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard sides.count == 2, let value = String.percentDecoded(sides[1]), !value.isEmpty else {
                throw .location("has the setting “\(sides[0])” without a valid value")
            }
            guard settings.updateValue(value, forKey: String(sides[0])) == nil else {
                throw .location("has the setting “\(sides[0])” twice")
            }
        }
        return settings
    }

    private static func endpoint(_ text: String) throws(S3Error) -> Endpoint {
        let isSecure = text.hasPrefix("https://")
        guard isSecure || text.hasPrefix("http://") else {
            throw .location("has an endpoint that begins with neither http:// nor https://")
        }
        var authority = text.dropFirst(isSecure ? 8 : 7)
        if authority.hasSuffix("/") { authority.removeLast() }
        var port = isSecure ? 443 : 80
        var host = authority
        if let colon = authority.lastIndex(of: ":"), !authority[colon...].contains("]") {
            guard let number = Int(authority[authority.index(after: colon)...]), (1...65_535).contains(number) else {
                throw .location("has an endpoint without a valid port")
            }
            (host, port) = (authority[..<colon], number)
        }
        let isAddress = host.hasPrefix("[") && host.hasSuffix("]") && host.utf8.count > 2
        let name = isAddress ? host.dropFirst().dropLast() : host
        let isValid = name.utf8.allSatisfy {
            $0.isLowerOrDigit || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) || $0 == UInt8(ascii: ".")
                || $0 == UInt8(ascii: "-") || isAddress && $0 == UInt8(ascii: ":")
        }
        guard !name.isEmpty, isValid else {
            throw .location("has an endpoint that is more than a scheme, a host and a port")
        }
        return Endpoint(isSecure: isSecure, host: host.lowercased(), port: port)
    }

    private static func region(_ text: String) throws(S3Error) -> String {
        guard text.utf8.allSatisfy({ $0.isUnreserved }) else { throw .location("has no valid region") }
        return text
    }

    private static func deletionBatch(_ text: String) throws(S3Error) -> Int {
        guard let count = Int(text), (1...S3Engine.deletionBatchMax).contains(count) else {
            throw .location("has a deletion-batch that is not between 1 and \(S3Engine.deletionBatchMax)")
        }
        return count
    }

    private enum Switch: String, CaseIterable {
        case on, off
    }

    private static func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ name: String, _ value: String?
    ) throws(S3Error) -> Choice? {
        guard let value else { return nil }
        guard let choice = Choice(rawValue: value) else {
            throw .location("has the \(name) “\(value)”, which is none of \(list(Choice.self))")
        }
        return choice
    }

    private static func list<Choice: RawRepresentable<String> & CaseIterable>(_ type: Choice.Type) -> String {
        type.allCases.map(\.rawValue).joined(separator: ", ")
    }
}

extension S3Location.Endpoint {
    static func amazon(_ region: String) -> Self {
        Self(isSecure: true, host: "s3.\(region).amazonaws.com", port: 443)
    }
}

extension S3Error {
    fileprivate static func location(_ problem: String) -> S3Error {
        S3Error(.configuration, "The location of the bucket \(problem).")
    }
}

extension UInt8 {
    fileprivate var isLowerOrDigit: Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self)
    }
}
