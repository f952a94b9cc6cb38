import Glibc
import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTP2
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOHTTPTypesHTTP2
import NIOPosix
import Synchronization
import UploadCore

/// One request of a live connection of HTTP/1, or one stream of HTTP/2.
final class ConnectionRequestChannel: RequestChannel {
    enum Version: Sendable {
        case http10, http11, http2
    }

    struct State {
        /// Whether the client waits for `100 Continue` before it sends its body (RFC 9110 §10.1.1).
        var expectsContinue: Bool
        var isComplete = false
        var wasStopped = false
        /// Whether it is decided what follows the response on the connection.
        var isAnswered = false
        var trailers: HTTPFields?
        var observer: (any ResponseEndObserver)?
    }

    let channel: any Channel
    let version: Version
    let isSecure: Bool
    let connectionQuota: ConnectionReceiveQuota
    /// nil where nobody can read from the socket but the channel.
    let tap: NIOLoopBound<BodyTapHandler>?
    private let outbound: NIOAsyncChannelOutboundWriter<HTTPResponsePart>
    private let state: Mutex<State>

    init(
        channel: any Channel, outbound: NIOAsyncChannelOutboundWriter<HTTPResponsePart>, version: Version,
        isSecure: Bool, connectionQuota: ConnectionReceiveQuota, tap: NIOLoopBound<BodyTapHandler>?,
        expectsContinue: Bool
    ) {
        self.channel = channel
        self.outbound = outbound
        self.version = version
        self.isSecure = isSecure
        self.connectionQuota = connectionQuota
        self.tap = tap
        state = Mutex(State(expectsContinue: expectsContinue))
    }

    var isHTTP10: Bool { version == .http10 }

    var trailers: HTTPFields? { state.withLock { $0.trailers } }

    var peerAddress: String? { channel.remoteAddress?.ipAddress }

    /// Whether the whole request has been read.
    var isComplete: Bool { state.withLock { $0.isComplete } }

    /// Whether the client waits for permission to send its body, which it may never send.
    var awaitsContinue: Bool { state.withLock { $0.expectsContinue } }

    /// Whether the server itself ended the body: it shuts down, or the handler needs no more.
    var wasStopped: Bool { state.withLock { $0.wasStopped } }

    func stopped() {
        state.withLock { $0.wasStopped = true }
    }

    /// From here on `interruptBody` has no effect: the client was told whether the connection goes on.
    func beginResponse() {
        state.withLock { $0.isAnswered = true }
    }

    func end(trailers: HTTPFields?) {
        state.withLock { state in
            state.isComplete = true
            state.trailers = trailers
        }
    }

    func claimBody() -> SocketClaim? { tap?.value.claim() }

    func interruptBody() {
        channel.eventLoop.execute { [self] in
            // The next request of the connection is not read before the end of this one.
            let canEnd = state.withLock { !$0.isComplete && !$0.isAnswered }
            if canEnd { channel.pipeline.fireUserInboundEventTriggered(InterruptBodyEvent(requestChannel: self)) }
        }
    }

    func abandon() {
        switch version {
        case .http10, .http11: channel.close(promise: nil)
        case .http2:
            channel.triggerUserOutboundEvent(NIOHTTP2FramePayloadToHTTPEvent.reset(code: .internalError), promise: nil)
        }
    }

    func observeResponseEnd(_ observer: any ResponseEndObserver) -> Bool {
        state.withLock { $0.observer = observer }
        return true
    }

    /// Idempotent: the first end counts.
    func endResponse(_ end: ResponseEnd) {
        let observer = state.withLock { $0.observer.take() }
        observer?.responseEnded(end)
    }

    /// Called before the body is read for the first time, and therefore once the request is known to be acceptable.
    func continueIfExpected() async {
        let isExpected = state.withLock { state in
            defer { state.expectsContinue = false }
            return state.expectsContinue
        }
        if isExpected { await sendInterim(.continue, [:]) }
    }

    func sendInterim(_ status: HTTPResponse.Status, _ fields: HTTPFields) async {
        guard !isHTTP10 else { return }
        // A failed interim response must not end an upload: the received bytes are still to be read and kept.
        try? await outbound.write(.head(HTTPResponse(status: status, headerFields: fields)))
    }

    func sendFile(_ descriptor: CInt, _ range: Range<UInt64>) async throws -> Bool {
        // The process has to encrypt the bytes.
        if isSecure { return false }
        guard let start = Int(exactly: range.lowerBound), let end = Int(exactly: range.upperBound) else { return false }
        try requireSize(of: descriptor, atLeast: range.upperBound)
        // The caller owns the descriptor and closes it.
        let handle = NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: descriptor)
        defer { _ = try? handle.takeDescriptorOwnership() }
        let region = FileRegion(fileHandle: handle, readerIndex: start, endIndex: end)
        let channel = channel
        // A file may also become shorter while the client is slow. Closing the connection ends the retries.
        let watch = channel.eventLoop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) { _ in
            if Self.size(of: descriptor) < range.upperBound { channel.close(promise: nil) }
        }
        defer { watch.cancel() }
        do {
            try await channel.eventLoop.flatSubmit {
                let sent = channel.eventLoop.makePromise(of: Void.self)
                do {
                    // A response part cannot hold a file, so this bypasses the codec and the writer of the connection.
                    // The order of the bytes is still right: earlier parts were passed to this event loop before the
                    // writer's `write` returned, and later ones are written after this future has succeeded.
                    let codec = try channel.pipeline.syncOperations.context(handlerType: HTTP1ToHTTPServerCodec.self)
                    codec.writeAndFlush(NIOAny(HTTPServerResponsePart.body(.fileRegion(region))), promise: sent)
                } catch {
                    sent.fail(error)
                }
                return sent.futureResult
            }.get()
        } catch {
            try requireSize(of: descriptor, atLeast: range.upperBound)
            throw error
        }
        return true
    }

    /// NIO never finishes sending a region past the end of its file, and retries without a pause.
    private func requireSize(of descriptor: CInt, atLeast size: UInt64) throws(UploadError) {
        let actual = Self.size(of: descriptor)
        guard actual >= size else {
            throw UploadError(.storeCorrupt(detail: "the file ends at byte \(actual), before \(size)"))
        }
    }

    private static func size(of descriptor: CInt) -> UInt64 {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? UInt64(max(0, status.st_size)) : 0
    }
}
