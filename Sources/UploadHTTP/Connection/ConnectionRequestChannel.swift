import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOPosix
import Synchronization

/// One request of a live HTTP/1 connection.
final class ConnectionRequestChannel: RequestChannel {
    struct State {
        /// Whether the client waits to be told that its body is welcome (RFC 9110 §10.1.1).
        var expectsContinue: Bool
        var isComplete = false
        var trailers: HTTPFields?
    }

    let channel: any Channel
    let isHTTP10: Bool
    let connectionQuota: ConnectionReceiveQuota
    private let outbound: NIOAsyncChannelOutboundWriter<HTTPResponsePart>
    private let state: Mutex<State>

    init(
        channel: any Channel, outbound: NIOAsyncChannelOutboundWriter<HTTPResponsePart>, isHTTP10: Bool,
        connectionQuota: ConnectionReceiveQuota, expectsContinue: Bool
    ) {
        self.channel = channel
        self.outbound = outbound
        self.isHTTP10 = isHTTP10
        self.connectionQuota = connectionQuota
        state = Mutex(State(expectsContinue: expectsContinue))
    }

    var trailers: HTTPFields? { state.withLock { $0.trailers } }

    var peerAddress: String? { channel.remoteAddress?.ipAddress }

    /// Whether the whole request has been read.
    var isComplete: Bool { state.withLock { $0.isComplete } }

    func end(trailers: HTTPFields?) {
        state.withLock { state in
            state.isComplete = true
            state.trailers = trailers
        }
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
        // A failed interim response must not end an upload: what has arrived is still to be read and kept.
        try? await outbound.write(.head(HTTPResponse(status: status, headerFields: fields)))
    }

    func sendFile(_ descriptor: CInt, _ range: Range<UInt64>) async throws -> Bool {
        guard let start = Int(exactly: range.lowerBound), let end = Int(exactly: range.upperBound) else { return false }
        // The descriptor stays its owner's, who closes it after this has returned.
        let handle = NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: descriptor)
        defer { _ = try? handle.takeDescriptorOwnership() }
        let region = FileRegion(fileHandle: handle, readerIndex: start, endIndex: end)
        let channel = channel
        try await channel.eventLoop.flatSubmit {
            let sent = channel.eventLoop.makePromise(of: Void.self)
            do {
                // A response part has no place for a file, so it goes round the codec, after the head and before the end.
                let codec = try channel.pipeline.syncOperations.context(handlerType: HTTP1ToHTTPServerCodec.self)
                codec.writeAndFlush(NIOAny(HTTPServerResponsePart.body(.fileRegion(region))), promise: sent)
            } catch {
                sent.fail(error)
            }
            return sent.futureResult
        }.get()
        return true
    }
}
