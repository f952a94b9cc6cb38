import Glibc
import Measuring

/// A blocking HTTP/1.1 connection, the same for every server. Its low cost leaves the machine to the server.
///
/// Proof: unchecked, because only one thread uses a connection at a time: its creator, or the thread that received it
/// until that thread is joined.
final class Wire: @unchecked Sendable {
    /// A body: a block sent repeatedly, up to `byteCount` bytes. A block that stays in the processor's cache keeps the
    /// sender cheap.
    struct Payload: Sendable {
        var block: [UInt8] = []
        var byteCount = 0

        static let none = Payload()

        /// Incompressible bytes.
        init(of byteCount: Int) {
            block = Content.make(min(byteCount, 1 << 20))
            self.byteCount = byteCount
        }

        init(text: String) {
            block = Array(text.utf8)
            byteCount = block.count
        }

        private init() {}
    }

    private let descriptor: Int32
    private var input: [UInt8] = []
    private var buffer = [UInt8](repeating: 0, count: 16 << 10)

    init(port: UInt16) throws(BenchError) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw BenchError("cannot make a socket: errno \(errno)") }
        var (address, one) = (Loopback.address(port), Int32(1))
        let status = withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else {
            let problem = errno
            close(descriptor)
            throw BenchError("cannot connect to port \(port): errno \(problem)")
        }
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit {
        close(descriptor)
    }

    // MARK: - Requests

    /// Sends a request and reads the answer.
    ///
    /// - Parameter fields: Header lines, each with its line ending.
    /// - Throws: If the status of the answer is not 2xx.
    @discardableResult
    func call(
        _ method: String, _ target: String, _ payload: Payload = .none, fields: String = "", keepsBody: Bool = true
    ) throws(BenchError) -> Answer {
        try begin(method, target, payload, fields: fields, sending: payload.byteCount)
        let answer = try readAnswer(keepsBody: keepsBody)
        guard (200..<300).contains(answer.status) else {
            throw BenchError("\(method) \(target): \(answer.status) \(answer.text)")
        }
        return answer
    }

    /// Sends the header of a request and the first bytes of its body.
    func begin(
        _ method: String, _ target: String, _ payload: Payload, fields: String = "", sending byteCount: Int
    ) throws(BenchError) {
        var head = "\(method) \(target) HTTP/1.1\r\nHost: localhost\r\n\(fields)"
        if method != "GET" { head += "Content-Length: \(payload.byteCount)\r\n" }
        var bytes = Array((head + "\r\n").utf8)
        // A small request is one packet.
        if byteCount <= 16 << 10 {
            bytes += payload.block[..<byteCount]
            return try send(bytes, count: bytes.count)
        }
        try send(bytes, count: bytes.count)
        try send(payload, byteCount)
    }

    /// Sends more of a body.
    func send(_ payload: Payload, _ byteCount: Int) throws(BenchError) {
        var rest = byteCount
        while rest > 0 {
            let count = min(rest, payload.block.count)
            try send(payload.block, count: count)
            rest -= count
        }
    }

    private func send(_ bytes: [UInt8], count: Int) throws(BenchError) {
        var done = 0
        while done < count {
            let sent = bytes.withUnsafeBytes { bytes in
                Glibc.send(descriptor, bytes.baseAddress.map { $0 + done }, count - done, Int32(MSG_NOSIGNAL))
            }
            guard sent > 0 else { throw BenchError("cannot send: errno \(errno)") }
            done += sent
        }
    }

    /// Sent bytes that the server's kernel has not received yet.
    var unsentBytes: Int {
        var count: Int32 = 0
        let outputQueue: UInt = 0x5411
        return ioctl(descriptor, outputQueue, &count) == 0 ? Int(count) : 0
    }

    // MARK: - Answers

    private func readAnswer(keepsBody: Bool) throws(BenchError) -> Answer {
        while true {
            if let end = Answer.endOfHead(in: input) {
                var answer = try Answer(head: input[..<end])
                input.removeSubrange(..<end)
                let interim = 100..<200
                if interim.contains(answer.status) { continue }
                if keepsBody { answer.body = try readBody(answer.length) } else { try skipBody(answer.length) }
                return answer
            }
            try receive()
        }
    }

    private func readBody(_ length: Int) throws(BenchError) -> [UInt8] {
        while input.count < length { try receive() }
        defer { input.removeSubrange(..<length) }
        return Array(input[..<length])
    }

    /// Makes the kernel discard the bytes, which saves the copy.
    private func skipBody(_ length: Int) throws(BenchError) {
        var rest = length - min(length, input.count)
        input.removeSubrange(..<(length - rest))
        while rest > 0 {
            let count = recv(descriptor, nil, min(rest, 4 << 20), Int32(MSG_TRUNC))
            guard count > 0 else { throw BenchError("the server closed in the middle of a body: errno \(errno)") }
            rest -= count
        }
    }

    private func receive() throws(BenchError) {
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { throw BenchError("the server closed the connection: errno \(errno)") }
        input += buffer[..<count]
    }
}
