import NIOCore

/// The part of a peer's address that one client has: an IPv4 address, or the first 64 bits of an IPv6 address, since a
/// client chooses the others itself (RFC 4291 §2.5.4).
enum ClientAddress: Hashable, Sendable {
    case v4(UInt32)
    case v6(prefix: UInt64)

    /// nil for an address of another kind.
    init?(_ address: SocketAddress?) {
        switch address {
        case .v4: self = .v4(address.integer(at: Self.offsetOfIPv4))
        case .v6:
            let high: UInt64 = address.integer(at: Self.offsetOfIPv6)
            let low: UInt64 = address.integer(at: Self.offsetOfIPv6 + 8)
            // An IPv4 client of a socket for both (RFC 4291 §2.5.5.2).
            let isMapped = high == 0 && low >> 32 == 0xFFFF
            self = isMapped ? .v4(UInt32(truncatingIfNeeded: low)) : .v6(prefix: high)
        case .unixDomainSocket, nil: return nil
        }
    }

    /// In `sockaddr_in` (ip(7)) and `sockaddr_in6` (ipv6(7)).
    private static let (offsetOfIPv4, offsetOfIPv6) = (4, 8)
}

extension SocketAddress? {
    /// A number in network byte order, at an offset in the kernel's structure; 0 without one.
    fileprivate func integer<Value: FixedWidthInteger>(at offset: Int) -> Value {
        self?.withSockAddr { address, _ in
            Value(bigEndian: UnsafeRawPointer(address).loadUnaligned(fromByteOffset: offset, as: Value.self))
        } ?? 0
    }
}
