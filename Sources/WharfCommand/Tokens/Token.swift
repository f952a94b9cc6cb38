import UploadCore

/// A bearer token: 256 random bits of the system, written so that a search for leaked secrets finds it.
struct Token: Hashable, Sendable {
    static let prefix = "wharf_"

    let text: String

    init(using random: inout some RandomNumberGenerator) {
        let words = (0..<4).map { _ in random.next() as UInt64 }
        text =
            Self.prefix
            + Self.base64url(words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) } })
    }

    /// What the file keeps.
    var digest: Digest { Digest(of: Array(text.utf8)) }

    /// RFC 4648, section 5, without padding.
    private static func base64url(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        var text: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            count += 8
            while count >= 6 {
                count -= 6
                text.append(alphabet[Int(bits >> count & 63)])
            }
        }
        if count > 0 { text.append(alphabet[Int(bits << (6 - count) & 63)]) }
        return String(decoding: text, as: UTF8.self)
    }
}
