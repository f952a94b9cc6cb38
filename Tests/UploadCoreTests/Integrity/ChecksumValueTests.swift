import Testing
import UploadCore

@Suite("The checksum of bytes")
struct ChecksumValueTests {
    /// The check value of CRC-32 in the catalogue of parametrised CRC algorithms (CRC-32/ISO-HDLC).
    @Test func `it is the CRC-32 of RFC 1952, and continues over pieces of any size`() {
        let bytes = Array("123456789".utf8)
        for cut in 0...bytes.count {
            let checksum = [bytes[..<cut], bytes[cut...]].reduce(Checksum.empty) { checksum, piece in
                piece.withUnsafeBytes { checksum.appending($0) }
            }
            #expect(checksum.value == 0xCBF4_3926)
        }
        let long = (0..<10_000).map { UInt8(truncatingIfNeeded: $0) }
        let whole = long.withUnsafeBytes { Checksum.empty.appending($0) }
        let pieces = [long[..<3333], long[3333..<3334], long[3334...]].reduce(Checksum.empty) { checksum, piece in
            piece.withUnsafeBytes { checksum.appending($0) }
        }
        #expect(whole == pieces)
        #expect(whole != .empty)
    }
}
