/// The algorithms of `Upload-Checksum`, in the order of preference.
public enum ChecksumAlgorithm: String, CaseIterable, Hashable, Sendable {
    case sha256
    case sha1
    case sha512
    case crc32c
    case crc32
    case md5

    /// The byte count of a checksum.
    public var byteCount: Int {
        switch self {
        case .sha1: 20
        case .sha256: 32
        case .sha512: 64
        case .md5: 16
        case .crc32, .crc32c: 4
        }
    }
}
