import SessionCore
package import UploadCore

// A concatenation has up to thousands of parts. Two columns of its row hold their ids and extents as packed lists, so
// that reading it costs one lookup instead of one for each part. So has an upload with companions.

extension [SessionId] {
    /// 16 bytes an id, as in the column `part_ids`.
    package var packed: [UInt8] { flatMap(\.bytes) }

    package init(packed: [UInt8]) throws(UploadError) {
        self = try packed.elements(of: 16) { bytes in SessionId(packed: bytes) }
    }
}

extension [Extent] {
    private static let elementBytes = 16 + 1 + 8 + 32 + 32

    /// 89 bytes an extent, as in the column `extents`: source, storage, length (little-endian), key, digest.
    package var packed: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count * Self.elementBytes)
        for extent in self {
            bytes += extent.source.bytes
            bytes.append(UInt8(extent.storage.rawValue))
            Swift.withUnsafeBytes(of: extent.length.littleEndian) { bytes += $0 }
            bytes += extent.key.digest.bytes
            bytes += extent.digest.bytes
        }
        return bytes
    }

    package init(packed: [UInt8]) throws(UploadError) {
        self = try packed.elements(of: Self.elementBytes) { bytes in
            let start = bytes.startIndex
            let source = SessionId(packed: bytes[start..<start + 16])
            guard let storage = Storage(rawValue: Int(bytes[start + 16])),
                let key = Digest(bytes: bytes[start + 25..<start + 57]),
                let digest = Digest(bytes: bytes[start + 57..<start + 89])
            else { return nil }
            var length: UInt64 = 0
            for byte in bytes[start + 17..<start + 25].reversed() { length = length << 8 | UInt64(byte) }
            return Extent(source: source, storage: storage, key: ObjectKey(key), length: length, digest: digest)
        }
    }
}

extension [Companion] {
    /// As in the column `companions`; nil for none.
    package var stored: [UInt8]? {
        isEmpty ? nil : flatMap { [UInt8(truncatingIfNeeded: $0.kind.rawValue)] + $0.blob.value.bytes }
    }

    package init(stored: [UInt8]?) throws(UploadError) {
        self = try (stored ?? []).elements(of: 17) { bytes in
            guard let code = bytes.first, let kind = Companion.Kind(rawValue: Int(code)) else { return nil }
            return Companion(kind: kind, blob: BlobId(SessionId(packed: bytes.dropFirst())))
        }
    }
}

extension SessionId {
    fileprivate init(packed bytes: ArraySlice<UInt8>) {
        var (high, low) = (UInt64(0), UInt64(0))
        for byte in bytes.prefix(8) { high = high << 8 | UInt64(byte) }
        for byte in bytes.suffix(8) { low = low << 8 | UInt64(byte) }
        self.init(high: high, low: low)
    }
}

extension [UInt8] {
    /// - Throws: `store_corrupt` unless all bytes are whole elements.
    fileprivate func elements<Value>(
        of size: Int, _ read: (ArraySlice<UInt8>) -> Value?
    ) throws(UploadError) -> [Value] {
        var elements: [Value] = []
        elements.reserveCapacity(count / size)
        for start in stride(from: 0, to: count, by: size) {
            guard start + size <= count, let element = read(self[start..<start + size]) else {
                throw UploadError(.storeCorrupt(detail: "a packed list of an upload is damaged at byte \(start)"))
            }
            elements.append(element)
        }
        return elements
    }
}
