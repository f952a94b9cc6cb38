import BareServing
import Glibc

/// A connection of a node. Its requests come one after the other.
final class BucketConnection: BareConnection {
    private enum State {
        case head
        /// Bytes of the body are still to come; those that count are in `body`.
        case body(BucketRequest, missing: Int)
        case sending(BucketResponse)
    }

    /// A head has less. What follows it in the same piece is copied, which bodies are to be spared.
    private static let headBytes = 2 << 10

    private let descriptor: CInt
    private let objects: Objects
    private var head = RequestHeadReader()
    private var state = State.head
    private var body: [UInt8] = []

    init(_ descriptor: CInt, _ objects: Objects) {
        self.descriptor = descriptor
        self.objects = objects
    }

    deinit {
        close(descriptor)
    }

    var awaited: Int16 {
        switch state {
        case .head, .body: Int16(POLLIN)
        case .sending: Int16(POLLOUT)
        }
    }

    func proceed(with buffer: UnsafeMutableRawBufferPointer) -> Bool {
        switch state {
        case .head: receiveHead(buffer)
        case .body(let request, let missing): receiveBody(of: request, missing, buffer)
        case .sending(let response): send(response)
        }
    }

    private func receiveHead(_ buffer: UnsafeMutableRawBufferPointer) -> Bool {
        let count = recv(descriptor, buffer.baseAddress, Self.headBytes, CInt(MSG_DONTWAIT))
        guard count > 0 else { return count < 0 && errno == EAGAIN }
        guard let (read, rest) = head.read(UnsafeRawBufferPointer(rebasing: buffer[..<count])) else { return true }
        let request = BucketRequest(read)
        body = request.keepsBody(in: objects) ? Array(rest) : []
        return continueBody(of: request, request.length - rest.count)
    }

    private func receiveBody(
        of request: BucketRequest, _ missing: Int, _ buffer: UnsafeMutableRawBufferPointer
    ) -> Bool {
        let isKept = request.keepsBody(in: objects)
        let count =
            isKept
            ? recv(descriptor, buffer.baseAddress, min(missing, buffer.count), CInt(MSG_DONTWAIT))
            : recv(descriptor, nil, missing, CInt(MSG_DONTWAIT) | CInt(MSG_TRUNC))
        guard count > 0 else { return count < 0 && errno == EAGAIN }
        if isKept { body += buffer[..<count] }
        return continueBody(of: request, missing - count)
    }

    private func continueBody(of request: BucketRequest, _ missing: Int) -> Bool {
        guard missing == 0 else {
            state = .body(request, missing: missing)
            return true
        }
        let response = BucketResponse(to: request, body: body, in: objects)
        body = []
        return send(response)
    }

    private func send(_ response: BucketResponse) -> Bool {
        var rest = response
        while !rest.isSent {
            let count = rest.next.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT))
            }
            guard count > 0 else {
                state = .sending(rest)
                return count < 0 && errno == EAGAIN
            }
            rest.wasSent(count)
        }
        state = .head
        return true
    }
}
