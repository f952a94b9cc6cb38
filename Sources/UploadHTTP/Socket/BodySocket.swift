import Glibc

/// The socket of a connection while the bytes of a body are taken from it without its channel. It has a descriptor of its
/// own: the channel may close its one at any time, and the number may then belong to another connection.
///
/// The bytes in the receive queue stay until they are read, also after the connection has ended.
final class BodySocket: Sendable {
    private let descriptor: CInt

    /// - Parameter descriptor: That of the channel, which is duplicated.
    /// - Returns: nil if the process has no descriptor left.
    init?(duplicating descriptor: CInt) {
        self.descriptor = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        if self.descriptor < 0 { return nil }
    }

    deinit {
        close(descriptor)
    }

    /// The bytes that can be received without waiting.
    var availableBytes: Int {
        var count: CInt = 0
        return ioctl(descriptor, UInt(FIONREAD), &count) == 0 ? Int(count) : 0
    }

    /// Receives bytes that are available, without waiting.
    ///
    /// - Returns: Whether the buffer is full.
    func receive(into buffer: UnsafeMutableRawBufferPointer) -> Bool {
        var done = 0
        while done < buffer.count {
            let count = recv(
                descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done, CInt(MSG_DONTWAIT))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            done += count
        }
        return true
    }
}
