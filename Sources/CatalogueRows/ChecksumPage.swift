package import UploadCore

/// A page of the table `checksums`.
package struct ChecksumPage {
    /// The blocks of one page.
    package static let blocks: UInt64 = 64

    /// Bit `i` is set if block `i` has a checksum.
    private var known: UInt64 = 0
    /// The checksums up to the last known one; 0 where there is none.
    private var values: [UInt32] = []

    package init() {}

    package init(packed: [UInt8]) throws(UploadError) {
        guard packed.count % 4 == 0, packed.count >= 8, packed.count <= 8 + 4 * Int(Self.blocks) else {
            throw UploadError(.storeCorrupt(detail: "a page of checksums has \(packed.count) bytes"))
        }
        for (index, byte) in packed[..<8].enumerated() { known |= UInt64(byte) << UInt64(index * 8) }
        values = stride(from: 8, to: packed.count, by: 4).map { start in
            packed[start..<start + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
        }
        guard values.count >= 64 - known.leadingZeroBitCount else {
            throw UploadError(.storeCorrupt(detail: "a page of checksums is too short"))
        }
    }

    package var packed: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(8 + 4 * values.count)
        Swift.withUnsafeBytes(of: known.littleEndian) { bytes += $0 }
        for value in values { Swift.withUnsafeBytes(of: value.littleEndian) { bytes += $0 } }
        return bytes
    }

    package subscript(index: UInt64) -> Checksum? {
        known & 1 << index == 0 ? nil : Checksum(value: values[Int(index)])
    }

    package mutating func set(_ checksum: Checksum, at index: UInt64) {
        if values.count <= Int(index) { values += repeatElement(0, count: Int(index) + 1 - values.count) }
        known |= 1 << index
        values[Int(index)] = checksum.value
    }
}
