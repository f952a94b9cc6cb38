package import UploadCore

/// A value of a column, whichever catalogue it is in. Flags are the numbers 0 and 1.
package enum CatalogueValue: Hashable, Sendable {
    case null
    case number(Int64)
    case text(String)
    case bytes([UInt8])

    package var bytes: [UInt8]? {
        if case .bytes(let bytes) = self { bytes } else { nil }
    }
}

/// Computes the digest of the rows of a table, in their order. Two catalogues have the same digest only if they have the same
/// rows.
package struct RowDigest: Sendable {
    private var hasher = SHA256Hasher()
    package private(set) var count = 0

    package init() {}

    package mutating func append(_ row: [CatalogueValue]) {
        count += 1
        var bytes: [UInt8] = []
        for value in row {
            switch value {
            case .null: bytes.append(0)
            case .number(let number):
                bytes.append(1)
                Swift.withUnsafeBytes(of: number.bigEndian) { bytes += $0 }
            case .text(let text): bytes.append(2, Array(text.utf8))
            case .bytes(let content): bytes.append(3, content)
            }
        }
        hasher.update(bytes)
    }

    package var digest: Digest { hasher.finalize() }
}

extension [UInt8] {
    /// With the length, so that no two lists of values are the same bytes.
    fileprivate mutating func append(_ tag: UInt8, _ content: [UInt8]) {
        append(tag)
        Swift.withUnsafeBytes(of: UInt64(content.count).bigEndian) { self += $0 }
        self += content
    }
}
