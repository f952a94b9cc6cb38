import BareServing
import Crypto
import Glibc

/// A connection, between a request's header and the end of its body.
final class FloorConnection: BareConnection {
    private static let answer = Array("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".utf8)

    private let descriptor: CInt
    private let configuration: FloorConfiguration
    private var head = RequestHeadReader()
    /// The file of the last `PUT`, which stays open for the next one.
    private var file: (name: Substring, descriptor: CInt)?
    private var hasher = SHA256()
    private var offset = 0
    /// Bytes of the body that are still to come.
    private var missing = 0

    var awaited: Int16 { Int16(POLLIN) }

    init(_ descriptor: CInt, _ configuration: FloorConfiguration) {
        self.descriptor = descriptor
        self.configuration = configuration
    }

    deinit {
        closeFile()
        close(descriptor)
    }

    func proceed(with buffer: UnsafeMutableRawBufferPointer) -> Bool {
        let wanted = missing > 0 ? min(missing, buffer.count) : buffer.count
        let count = recv(descriptor, buffer.baseAddress, wanted, CInt(MSG_DONTWAIT))
        guard count > 0 else { return count < 0 && errno == EAGAIN }
        let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
        if missing > 0 { put(bytes) } else { begin(bytes) }
        return true
    }

    /// Reads a header. The client waits for the answer before it sends another one, so that nothing follows a body.
    private func begin(_ bytes: UnsafeRawBufferPointer) {
        guard let (request, rest) = head.read(bytes) else { return }
        let path = request.target.split(separator: "/")
        switch request.method {
        case "PUT": openFile(path)
        case "DELETE": unlink("\(configuration.directory)/\(path.first ?? "")")
        default: break
        }
        missing = request.contentLength
        guard missing > 0 else { return respond() }
        if !rest.isEmpty { put(rest) }
    }

    private func openFile(_ path: [Substring]) {
        guard path.count == 2, let offset = Int(path[1]) else { stop("PUT \(path)") }
        self.offset = offset
        if offset == 0 { hasher = SHA256() }
        if file?.name == path[0] { return }
        closeFile()
        let opened = open("\(configuration.directory)/\(path[0])", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard opened >= 0 else { stop("open") }
        file = (path[0], opened)
    }

    private func closeFile() {
        if let file { close(file.descriptor) }
        file = nil
    }

    private func put(_ bytes: UnsafeRawBufferPointer) {
        if let file {
            var done = 0
            while done < bytes.count {
                let count = pwrite(
                    file.descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done, off_t(offset + done))
                guard count > 0 else { stop("pwrite") }
                done += count
            }
        }
        if configuration.hashing == .single { hasher.update(bufferPointer: bytes) }
        offset += bytes.count
        missing -= bytes.count
        if missing == 0 { respond() }
    }

    private func respond() {
        if configuration.syncs, let file, fdatasync(file.descriptor) != 0 { stop("fdatasync") }
        guard send(descriptor, Self.answer, Self.answer.count, CInt(MSG_NOSIGNAL)) > 0 else { stop("send") }
    }
}
