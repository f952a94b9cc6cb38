/// Bytes to upload.
package enum Content {
    /// Incompressible bytes, the same in every run.
    package static func make(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        bytes.withUnsafeMutableBytes { bytes in
            var state: UInt64 = 0x9E37_79B9_7F4A_7C15
            for word in bytes.bindMemory(to: UInt64.self).indices {
                state ^= state << 13
                state ^= state >> 7
                state ^= state << 17
                bytes.storeBytes(of: state, toByteOffset: word * 8, as: UInt64.self)
            }
        }
        return bytes
    }
}

/// Keeps the optimizer from removing the computation of an unused value.
@inline(never)
package func keep<Value>(_ value: Value) {
    withExtendedLifetime(value) {}
}
