import Crypto

/// A file of the page.
public struct PageResource: Sendable {
    public let mediaType: PageMediaType
    public let bytes: [UInt8]
    /// SHA-256 of the bytes in lower-case hexadecimal, for the entity tag.
    public let digest: String

    init(_ mediaType: PageMediaType, _ bytes: [UInt8]) {
        self.mediaType = mediaType
        self.bytes = bytes
        digest = SHA256.hash(data: bytes).hexadecimal
    }
}

/// The media types of the page's files. No others are served.
public enum PageMediaType: String, Sendable {
    case html = "text/html; charset=utf-8"
    case style = "text/css; charset=utf-8"
    case script = "text/javascript; charset=utf-8"
    case icon = "image/svg+xml"
}

extension SHA256Digest {
    fileprivate var hexadecimal: String {
        let digits = Array("0123456789abcdef".utf8)
        let bytes = flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return String(decoding: bytes, as: UTF8.self)
    }
}
