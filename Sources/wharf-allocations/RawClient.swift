import Glibc

/// A client of HTTP/1.1 over a blocking socket. Once it is open, sending and receiving allocate nothing, so that all that is
/// counted is the server's.
final class RawClient {
    private let socket: CInt
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 16 << 10, alignment: 16)
    private var received = 0

    init(port: Int) throws(MeasurementError) {
        socket = Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let status = withUnsafeBytes(of: &address) { bytes in
            connect(socket, bytes.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t(bytes.count))
        }
        guard status == 0 else { throw MeasurementError("cannot connect: errno \(errno)") }
    }

    deinit {
        close(socket)
        buffer.deallocate()
    }

    func send(_ bytes: [UInt8]) throws(MeasurementError) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { write(socket, $0.baseAddress?.advanced(by: sent), $0.count - sent) }
            guard count > 0 else { throw MeasurementError("cannot send: errno \(errno)") }
            sent += count
        }
    }

    /// Waits for a whole response with a body of a stated length, or without one.
    ///
    /// - Throws: Unless its status is one of success.
    func receive() throws(MeasurementError) {
        received = 0
        var end: Int?
        while end.map({ received < $0 }) ?? true {
            let count = read(socket, buffer.baseAddress?.advanced(by: received), buffer.count - received)
            guard count > 0 else { throw MeasurementError("the connection ended: errno \(errno)") }
            received += count
            if end == nil { end = responseEnd }
        }
        guard buffer[9] == UInt8(ascii: "2") else { throw MeasurementError("an answer was: \(text)") }
    }

    /// The last response.
    var text: String { String(decoding: buffer[..<received], as: UTF8.self) }

    /// The length of the response; nil before its whole header was received.
    private var responseEnd: Int? {
        guard let blank = position(of: "\r\n\r\n") else { return nil }
        var length = 0
        if let field = position(of: "content-length: ") ?? position(of: "Content-Length: ") {
            for byte in buffer[(field + 16)..<received] {
                guard (48...57).contains(byte) else { break }
                length = 10 * length + Int(byte - 48)
            }
        }
        return blank + 4 + length
    }

    private func position(of text: StaticString) -> Int? {
        let count = text.utf8CodeUnitCount
        guard received >= count else { return nil }
        return (0...received - count).first { start in
            (0..<count).allSatisfy { buffer[start + $0] == text.utf8Start[$0] }
        }
    }
}

struct MeasurementError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
