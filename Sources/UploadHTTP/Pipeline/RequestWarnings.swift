import HTTPTypes
import HTTPWire
import Synchronization

/// What a request has that was not used, for the `Warning` fields of its response. The code 299 is that of RFC 7234,
/// section 5.5.7.
final class RequestWarnings: Sendable {
    private let texts = Mutex<[String]>([])

    func add(_ text: String) {
        texts.withLock { $0.append(text) }
    }

    func add(to fields: inout HTTPFields) {
        for text in texts.withLock(\.self) {
            fields.append(HTTPField(name: .warning, value: "299 - \"\(Self.quotable(text))\""))
        }
    }

    /// In a quoted string: printable ASCII without quotes; `%XX` for other bytes.
    private static func quotable(_ text: String) -> String {
        text.percentEncoded { (0x20...0x7E).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
    }
}

extension HTTPField.Name {
    static let warning = known("Warning")
    static let prefer = known("Prefer")
}
