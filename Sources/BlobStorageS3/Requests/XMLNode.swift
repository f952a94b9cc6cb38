/// An element of a document of S3: a name, its text, and its child elements. Attributes, namespaces, comments and
/// declarations are skipped; references are those of XML and of characters (XML 1.0 §4.1, §4.6).
struct XMLNode: Hashable, Sendable {
    var name: String
    var text = ""
    var children: [XMLNode] = []

    /// The text of the first child with a name.
    subscript(name: String) -> String? { children.first { $0.name == name }?.text }

    func all(_ name: String) -> [XMLNode] { children.filter { $0.name == name } }

    /// Elements within elements, the root included.
    static let depthMax = 8

    /// The root element; nil unless the document is well formed as far as it is understood.
    init?(parsing document: String) {
        var rest = Substring(document)
        var open: [XMLNode] = []
        var root: XMLNode?
        while let start = rest.firstIndex(of: "<") {
            if let last = open.indices.last {
                guard let text = Self.resolved(rest[..<start]) else { return nil }
                open[last].text += text
            }
            rest = rest[start...].dropFirst()
            if rest.hasPrefix("!--") {
                guard let end = rest.firstRange(of: "-->") else { return nil }
                rest = rest[end.upperBound...]
                continue
            }
            guard let end = rest.firstIndex(of: ">") else { return nil }
            var tag = rest[..<end]
            rest = rest[end...].dropFirst()
            if tag.hasPrefix("?") || tag.hasPrefix("!") { continue }
            if tag.hasPrefix("/") {
                guard let node = open.popLast(), Self.name(tag.dropFirst()) == node.name else { return nil }
                if open.isEmpty { root = root ?? node } else { open[open.count - 1].children.append(node) }
                continue
            }
            let isEmpty = tag.hasSuffix("/")
            if isEmpty { tag = tag.dropLast() }
            let node = XMLNode(name: Self.name(tag))
            guard !node.name.isEmpty, open.count < Self.depthMax, root == nil else { return nil }
            if !isEmpty {
                open.append(node)
            } else if open.isEmpty {
                root = node
            } else {
                open[open.count - 1].children.append(node)
            }
        }
        guard let root, open.isEmpty else { return nil }
        self = root
    }

    private init(name: String) {
        self.name = name
    }

    /// The name of a tag, without its attributes and its prefix.
    private static func name(_ tag: Substring) -> String {
        let name = tag.prefix { !$0.isWhitespace }
        return String(name.split(separator: ":").last ?? "")
    }

    private static func resolved(_ text: Substring) -> String? {
        guard text.contains("&") else { return String(text) }
        var resolved = ""
        var rest = text
        while let start = rest.firstIndex(of: "&") {
            resolved += rest[..<start]
            guard let end = rest[start...].firstIndex(of: ";") else { return nil }
            let reference = rest[start..<end].dropFirst()
            rest = rest[end...].dropFirst()
            switch reference {
            case "amp": resolved += "&"
            case "lt": resolved += "<"
            case "gt": resolved += ">"
            case "quot": resolved += "\""
            case "apos": resolved += "'"
            default:
                guard reference.hasPrefix("#") else { return nil }
                let digits = reference.dropFirst()
                let value = digits.hasPrefix("x") ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
                guard let value, let scalar = Unicode.Scalar(value) else { return nil }
                resolved.unicodeScalars.append(scalar)
            }
        }
        return resolved + rest
    }
}
