/// The header of one part of a form (RFC 7578, section 4).
public struct MultipartHeader: Hashable, Sendable {
    /// The name of the field in the form.
    public var name: String
    /// The name of the file; nil for a field that is no file.
    public var fileName: String?
    public var contentType: String?

    public init(name: String, fileName: String? = nil, contentType: String? = nil) {
        self.name = name
        self.fileName = fileName
        self.contentType = contentType
    }

    /// - Parameter text: The lines of the header. Those that are not understood are ignored (RFC 7578, section 4.8).
    init(_ text: String) {
        self.init(name: "")
        for line in text.split(separator: "\r\n") {
            let pair = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2 else { continue }
            switch pair[0].trimmingBlanks.lowercased() {
            case "content-disposition":
                let parameters = HeaderParameters(pair[1].trimmingBlanks)
                name = parameters["name"].map(Self.decoded) ?? ""
                // Some clients use the extended notation although RFC 7578 excludes it.
                fileName = parameters.extended("filename") ?? parameters["filename"].map(Self.decoded)
            case "content-type": contentType = String(pair[1].trimmingBlanks)
            default: break
            }
        }
    }

    /// Browsers and curl write these characters as escapes (HTML, “multipart/form-data encoding algorithm”). Other percent
    /// signs are part of the name.
    private static func decoded(_ text: String) -> String {
        text.replacing("%22", with: "\"").replacing("%0D", with: "\r").replacing("%0A", with: "\n")
    }
}

/// A field value with parameters: `form-data; name="file"; filename="a.jpg"` (RFC 9110, section 5.6.6).
struct HeaderParameters {
    let value: String
    private var parameters: [String: String] = [:]

    subscript(name: String) -> String? { parameters[name] }

    /// A parameter in the extended notation of RFC 8187, in UTF-8; nil in another character set, and if it is malformed.
    func extended(_ name: String) -> String? {
        let parts = self[name + "*"]?.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false) ?? []
        guard parts.count == 3, parts[0].lowercased() == "utf-8" else { return nil }
        return String.percentDecoded(parts[2])
    }

    init(_ text: some StringProtocol) {
        var rest = Substring(text).utf8[...]
        let end = rest.firstIndex(of: UInt8(ascii: ";")) ?? rest.endIndex
        value = String(Substring(rest[..<end]).trimmingBlanks)
        rest = rest[end...]
        while rest.popFirst() != nil {
            let nameEnd = rest.firstIndex { $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: ";") } ?? rest.endIndex
            let name = Substring(rest[..<nameEnd]).trimmingBlanks.lowercased()
            rest = rest[nameEnd...]
            guard rest.first == UInt8(ascii: "=") else { continue }
            rest.removeFirst()
            let value = Self.takeValue(&rest)
            // The first one counts, as for duplicates of a field.
            if parameters[name] == nil { parameters[name] = value }
        }
    }

    /// A token, or a quoted string in which only quotation marks and backslashes are escaped: others wrote `C:\photo.jpg`.
    private static func takeValue(_ rest: inout Substring.UTF8View) -> String {
        rest = rest.drop(while: \.isBlank)
        guard rest.first == UInt8(ascii: "\"") else {
            let end = rest.firstIndex(of: UInt8(ascii: ";")) ?? rest.endIndex
            defer { rest = rest[end...] }
            return String(Substring(rest[..<end]).trimmingBlanks)
        }
        rest.removeFirst()
        var bytes: [UInt8] = []
        while let byte = rest.popFirst(), byte != UInt8(ascii: "\"") {
            if byte == UInt8(ascii: "\\"), let next = rest.first,
                next == UInt8(ascii: "\"") || next == UInt8(ascii: "\\")
            {
                rest.removeFirst()
                bytes.append(next)
            } else {
                bytes.append(byte)
            }
        }
        rest = rest.drop { $0 != UInt8(ascii: ";") }
        return String(decoding: bytes, as: UTF8.self)
    }
}
