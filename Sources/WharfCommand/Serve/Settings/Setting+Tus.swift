import HTTPWire
import SessionCore
import UploadCore
import UploadHTTP

/// The settings of tus.
extension Setting {
    static let tus: [Setting] = [
        .text("tus-path", \.tus.path, "Path at which tus uploads are created.", expects: "a path such as /files") {
            text in
            isPlainPath(text) ? text : nil
        } write: {
            $0
        },
        .text(
            "tus-capsule", \.tus.capsule,
            "Capsule of tus uploads without one; empty for the caller's default capsule.",
            expects: "the id of a capsule"
        ) { text in
            if text.isEmpty { return .some(nil) }
            return CapsuleId(text: text).map { .some($0) }
        } write: {
            $0?.text ?? ""
        },
        .text(
            "cors-origins", \.tus.crossOrigin,
            "Other origins whose pages may upload over tus: `none`, `any`, or a comma-separated list.",
            expects: "none, any or https://app.example.org,https://…"
        ) { text in
            switch text {
            case "none": return CrossOriginPolicy.none
            case "any": return .any
            default:
                let origins = list(text)
                let isFine = !origins.isEmpty && origins.allSatisfy { isOrigin($0) }
                return isFine ? .origins(Set(origins)) : nil
            }
        } write: { policy in
            switch policy {
            case .none: "none"
            case .any: "any"
            case .origins(let origins): origins.sorted().joined(separator: ",")
            }
        },
        .onOff(
            "cors-credentials", \.tus.crossOriginCredentials,
            "Permit the listed `cors-origins` to send cookies, for a proxy that needs them."),
        .text(
            "cors-request-headers", \.tus.crossOriginRequestFields,
            "Comma-separated header fields that pages of the listed `cors-origins` may send besides those of tus.",
            expects: "a list such as X-CSRF-Token,X-Session"
        ) { text in
            let names = list(text)
            return names.allSatisfy { CrossOriginExtras.isFieldName($0) } ? names : nil
        } write: {
            $0.joined(separator: ",")
        },
        .choice(
            "tus-ended-status", \.tus.endedStatus,
            "Status for tus uploads that were deleted or have expired: `404`, after which every client creates a new one, or `410`."
        ),
    ]

    private static func isPlainPath(_ text: String) -> Bool {
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "/"):
                true
            default: false
            }
        }
        let isTaken = ["/v1", "/page", "/drop"].contains { text == $0 || text.hasPrefix($0 + "/") }
        return isPlain && text.hasPrefix("/") && text.count > 1 && !text.hasSuffix("/") && !isTaken
    }
}
