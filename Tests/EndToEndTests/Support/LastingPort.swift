import Glibc
import Testing

/// A port that is free, and that no connection of anybody's gets by chance while its server is down: it lies below those that the
/// system hands out (`ip_local_port_range` of ip(7) begins at 32768).
func lastingPort(sourceLocation: SourceLocation = #_sourceLocation) throws -> Int {
    for _ in 0..<1000 {
        let port = Int.random(in: 20_000..<32_000)
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        try #require(descriptor >= 0, sourceLocation: sourceLocation)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        let result = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if result == 0 { return port }
    }
    return try #require(nil, "there is no free port", sourceLocation: sourceLocation)
}
