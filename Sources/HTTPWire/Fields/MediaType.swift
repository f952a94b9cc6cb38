public import UploadModel

/// A media type (RFC 9110, section 8.3.1) that is safe to send as `Content-Type`.
public struct MediaType: Hashable, Sendable {
    /// The given text without surrounding white space. Printable ASCII.
    public let text: String
    /// Type and subtype without parameters, in lower case.
    public let essence: String

    public static let zip = MediaType(text: "application/zip", essence: "application/zip")
    public static let octetStream = MediaType(text: "application/octet-stream", essence: "application/octet-stream")
    public static let gzip = MediaType(text: "application/gzip", essence: "application/gzip")
    public static let json = MediaType(text: "application/json", essence: "application/json")

    /// Without parameters: what forms, and `curl` for any bytes, declare if they are not told otherwise.
    package static let urlEncodedForm = "application/x-www-form-urlencoded"

    private init(text: String, essence: String) {
        self.text = text
        self.essence = essence
    }

    /// - Parameter argument: The name of the argument in errors.
    /// - Throws: `invalid_argument` for anything but `token/token` with optional parameters.
    public init(_ text: String, argument: String = "type") throws(UploadError) {
        let trimmed = Substring(text).utf8.trimmingBlanks()
        guard let essence = Self.essence(of: trimmed) else {
            throw UploadError(.invalidArgument(argument, "must be a media type like “image/jpeg”"))
        }
        self.init(text: String(Substring(trimmed)), essence: essence)
    }

    /// The type of stored bytes from any protocol. An invalid type becomes `application/octet-stream`.
    public init(stored text: String) {
        self = (try? MediaType(text)) ?? .octetStream
    }

    /// The type under which stored bytes are sent. What a browser would run or apply as part of a page of the same origin
    /// (scripts, WebAssembly, style sheets) becomes `application/octet-stream`, which it does not with `nosniff`.
    public var inert: MediaType { Self.active.contains(essence) ? .octetStream : self }

    /// Those of the MIME Sniffing standard, section 4.6, for JavaScript, and the others that pages load as code or style.
    private static let active: Set<String> = [
        "application/ecmascript", "application/javascript", "application/x-ecmascript", "application/x-javascript",
        "text/ecmascript", "text/javascript", "text/javascript1.0", "text/javascript1.1", "text/javascript1.2",
        "text/javascript1.3", "text/javascript1.4", "text/javascript1.5", "text/jscript", "text/livescript",
        "text/x-ecmascript", "text/x-javascript",
        "application/wasm", "text/css", "text/xsl", "application/xslt+xml",
    ]

    // MARK: - Grammar

    private static func essence(of text: Substring.UTF8View) -> String? {
        var rest = text
        guard let type = token(&rest), skip("/", &rest), let subtype = token(&rest) else { return nil }
        let end = subtype.endIndex
        while !rest.isEmpty {
            rest = rest.drop(while: \.isBlank)
            guard skip(";", &rest) else { return nil }
            rest = rest.drop(while: \.isBlank)
            // Parameters may be empty.
            if rest.isEmpty || rest.first == UInt8(ascii: ";") { continue }
            guard token(&rest) != nil, skip("=", &rest), token(&rest) != nil || quoted(&rest) else { return nil }
        }
        return String(Substring(text[type.startIndex..<end])).lowercased()
    }

    private static func token(_ rest: inout Substring.UTF8View) -> Substring.UTF8View? {
        let token = rest.prefix(while: \.isTokenCharacter)
        rest = rest.dropFirst(token.count)
        return token.isEmpty ? nil : token
    }

    private static func skip(_ character: Unicode.Scalar, _ rest: inout Substring.UTF8View) -> Bool {
        guard let first = rest.first, UInt32(first) == character.value else { return false }
        rest.removeFirst()
        return true
    }

    /// A quoted string of printable ASCII. The grammar also allows tabs and bytes beyond ASCII, which would not be safe
    /// to echo.
    private static func quoted(_ rest: inout Substring.UTF8View) -> Bool {
        guard skip("\"", &rest) else { return false }
        while let character = rest.popFirst() {
            if character == UInt8(ascii: "\"") { return true }
            let shown = character == UInt8(ascii: "\\") ? rest.popFirst() : character
            guard let shown, (0x20...0x7E).contains(shown) else { return false }
        }
        return false
    }
}
