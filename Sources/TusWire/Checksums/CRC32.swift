/// Cyclic redundancy checks of 32 bits, reflected, with all bits inverted before and after (as gzip and iSCSI have
/// them), eight bytes at a time.
struct CRC32: Sendable {
    /// A polynomial with its tables: entry 256 × n + b is the contribution of byte b with n bytes after it.
    struct Polynomial: Sendable {
        let table: [UInt32]

        /// ISO 3309, ITU-T V.42, gzip (RFC 1952).
        static let iso = Polynomial(reflected: 0xEDB8_8320)
        /// Castagnoli's, as in iSCSI (RFC 3720).
        static let castagnoli = Polynomial(reflected: 0x82F6_3B78)

        private init(reflected polynomial: UInt32) {
            var table = [UInt32](repeating: 0, count: 8 * 256)
            for byte in 0..<256 {
                var rest = UInt32(byte)
                for _ in 0..<8 { rest = rest & 1 == 1 ? rest >> 1 ^ polynomial : rest >> 1 }
                table[byte] = rest
            }
            for index in 256..<table.count {
                let earlier = table[index - 256]
                table[index] = earlier >> 8 ^ table[Int(earlier & 0xFF)]
            }
            self.table = table
        }
    }

    private let polynomial: Polynomial
    private var state: UInt32 = .max

    init(_ polynomial: Polynomial) {
        self.polynomial = polynomial
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        var state = state
        polynomial.table.withUnsafeBufferPointer { table in
            var offset = 0
            while bytes.count - offset >= 8 {
                let word =
                    UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) ^ UInt64(state)
                state = 0
                for position in 0..<8 {
                    state ^= table[256 * (7 - position) + Int(word >> UInt64(8 * position) & 0xFF)]
                }
                offset += 8
            }
            for byte in bytes[offset...] {
                state = state >> 8 ^ table[Int((state ^ UInt32(byte)) & 0xFF)]
            }
        }
        self.state = state
    }

    var value: UInt32 { ~state }

    /// The most significant byte first.
    var bytes: [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }
}
