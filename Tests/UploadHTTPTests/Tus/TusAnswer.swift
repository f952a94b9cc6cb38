import Testing

/// An answer as it came over the wire.
struct TusAnswer: Sendable {
    let status: Int
    /// By names in lower case.
    let fields: [String: String]
    let body: String

    init(_ bytes: [UInt8], sourceLocation: SourceLocation) throws {
        let text = String(decoding: bytes, as: UTF8.self)
        let head = try #require(text.firstRange(of: "\r\n\r\n"), "no answer: “\(text)”", sourceLocation: sourceLocation)
        let lines = text[..<head.lowerBound].split(separator: "\r\n")
        status = try #require(
            lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) }, sourceLocation: sourceLocation)
        var fields: [String: String] = [:]
        for line in lines.dropFirst() {
            let name = line.prefix { $0 != ":" }
            fields[name.lowercased()] = String(line.dropFirst(name.count + 2))
        }
        self.fields = fields
        body = String(text[head.upperBound...])
    }

    subscript(_ name: String) -> String? { fields[name.lowercased()] }

    /// The path of the upload that was created.
    var upload: String? { self["Location"].map { String($0.pathOfURL) } }

    var offset: Int? { self["Upload-Offset"].flatMap { Int($0) } }
}

extension String {
    /// Without scheme and host, if it has them.
    var pathOfURL: Substring {
        guard let scheme = firstRange(of: "://") else { return self[...] }
        return self[scheme.upperBound...].drop { $0 != "/" }
    }
}
