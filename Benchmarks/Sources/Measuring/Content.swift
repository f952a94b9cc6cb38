/// Bytes to upload.
package enum Content {
    /// Bytes that do not compress, the same in every run.
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

/// Holds the optimizer to computing what nobody looks at.
@inline(never)
package func keep<Value>(_ value: Value) {
    withExtendedLifetime(value) {}
}
