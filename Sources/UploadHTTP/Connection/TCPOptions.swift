import NIOCore

/// Socket options of Linux that SwiftNIO has no names for (tcp(7), `linux/tcp.h`).
extension NIOBSDSocket.Option {
    /// `struct tcp_info`: what the kernel knows about a connection.
    static let tcpInformation = NIOBSDSocket.Option(rawValue: 11)
    /// Milliseconds after which a connection is closed whose peer acknowledges no bytes.
    static let tcpUserTimeout = NIOBSDSocket.Option(rawValue: 18)
}
