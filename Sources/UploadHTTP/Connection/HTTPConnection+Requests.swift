import HTTPTypes
import HTTPWire
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTP2
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOHTTPTypesHTTP2

extension HTTPConnection {
    typealias Outbound = NIOAsyncChannelOutboundWriter<HTTPResponsePart>

    // MARK: - HTTP/1.1

    /// Answers one request after the other.
    @inline(never)
    func converse(_ messages: MessageChannel) async throws {
        try await messages.serve { inbound, outbound in
            var parts = inbound.makeAsyncIterator()
            do {
                while let part = try await parts.next() {
                    guard case .head(let head) = part else { continue }
                    guard try await answer(head, &parts, outbound, messages) else { return }
                }
            } catch {
                try await close(after: error, &parts, outbound, messages.channel)
            }
        }
    }

    /// Answers a malformed or oversized header; rethrows other errors.
    @inline(never)
    private func close(
        after error: any Error, _ parts: inout RequestChannelBody.Parts, _ outbound: Outbound, _ channel: any Channel
    ) async throws {
        let failure: RequestFailure
        switch error {
        case let error as HTTPParserError:
            failure = error == .headerOverflow ? .headerTooLarge : .malformedRequest
        case is HTTP1TypeConversionError: failure = .malformedRequest
        default: throw error
        }
        try await close(after: responder.response(to: failure), &parts, outbound, channel)
    }

    /// The frames of a request that waits for its body begin here: what follows the response is in functions of its own, not
    /// inlined.
    ///
    /// - Returns: Whether the connection can take another request.
    @inline(never)
    private func answer(
        _ head: HTTPRequest, _ parts: inout RequestChannelBody.Parts, _ outbound: Outbound, _ messages: MessageChannel
    ) async throws -> Bool {
        let (head, mark) = Self.removingMark(from: head)
        let version: ConnectionRequestChannel.Version = mark == HTTPVersionHandler.http10 ? .http10 : .http11
        let failure =
            mark == HTTPVersionHandler.malformed
            ? .malformedRequest : head.framingFailure(isHTTP10: version == .http10)
        if let failure {
            try await close(after: responder.response(to: failure), &parts, outbound, messages.channel)
            return false
        }
        let (isLast, requestChannel) = try await exchange(head, version, &parts, outbound, messages)
        if !isLast, requestChannel.isComplete { return true }
        return try await end(requestChannel, isLast: isLast, &parts, outbound)
    }

    /// - Returns: As `answer`, for a request whose body was not read to its end.
    @inline(never)
    private func end(
        _ requestChannel: ConnectionRequestChannel, isLast: Bool, _ parts: inout RequestChannelBody.Parts,
        _ outbound: Outbound
    ) async throws -> Bool {
        let canGoOn = isLast ? false : try await drain(&parts, requestChannel)
        if !canGoOn {
            try await linger(&parts, outbound, requestChannel.channel, untilClosed: requestChannel.wasStopped)
        }
        return canGoOn
    }

    /// Reads and discards the rest of a body.
    ///
    /// - Returns: Whether it has ended within the limit.
    private func drain(
        _ parts: inout RequestChannelBody.Parts, _ requestChannel: ConnectionRequestChannel
    ) async throws -> Bool {
        if requestChannel.isComplete { return true }
        // The last buffer that the handler read is still reserved.
        defer { requestChannel.connectionQuota.releaseAll() }
        var count = 0
        while count <= limits.drainBytesMax {
            do {
                guard case .body(let bytes)? = try await parts.next() else { return true }
                count += bytes.readableBytes
            } catch is HTTPParserError {
                // The request is answered already.
                throw BodyError.malformed
            } catch is BodyError {
                // The server shuts down.
                requestChannel.stopped()
                return false
            }
        }
        return false
    }

    @inline(never)
    private func close(
        after response: Response, _ parts: inout RequestChannelBody.Parts, _ outbound: Outbound, _ channel: any Channel
    ) async throws {
        var response = response
        response.headers[.connection] = "close"
        try await ResponseWriter(outbound: outbound).write(response: response.head, body: response.body)
        try await linger(&parts, outbound, channel)
    }

    /// Half-closes the connection and discards input for a moment: closing it at once would reset it, and the client
    /// might lose the response (RFC 9112 §9.6).
    ///
    /// - Parameter untilClosed: Whether the input is discarded by `ConnectionTimeoutHandler`, and `parts` has ended.
    private func linger(
        _ parts: inout RequestChannelBody.Parts, _ outbound: Outbound, _ channel: any Channel, untilClosed: Bool = false
    ) async throws {
        outbound.finish()
        let end = channel.eventLoop.scheduleTask(in: .milliseconds(limits.lingerMilliseconds)) {
            channel.close(promise: nil)
        }
        defer { end.cancel() }
        do {
            while try await parts.next() != nil {}
            if !untilClosed { return }
        } catch is BodyError {
            // The server ended the body after its reader had left.
        }
        try await channel.closeFuture.get()
    }

    /// The request without the mark of `HTTPVersionHandler`, and the mark.
    private static func removingMark(from head: HTTPRequest) -> (HTTPRequest, String?) {
        let name = HTTPVersionHandler.fieldName
        guard let mark = head.headerFields.value(of: name) else { return (head, nil) }
        var head = head
        head.headerFields[name] = nil
        return (head, mark)
    }

    // MARK: - HTTP/2

    /// Answers the requests of a connection, each as it comes.
    @inline(never)
    func serve(
        _ streams: NIOHTTP2Handler.AsyncStreamMultiplexer<MessageChannel>, of connection: any Channel, _ logger: Logger
    ) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            // Ends the streams, for which the group waits, after an error of the connection too.
            defer { connection.close(promise: nil) }
            for try await stream in streams.inbound {
                group.addTask { [self] in
                    do {
                        try await answer(stream)
                    } catch {
                        logger.trace("stream ended", metadata: ["error": "\(error)"])
                    }
                }
            }
        }
    }

    private func answer(_ stream: MessageChannel) async throws {
        let channel = stream.channel
        let isAdmitted = connections.beginStream() && !quota.isExhausted
        defer { connections.endStream() }
        try await stream.serve { inbound, outbound in
            guard isAdmitted else {
                // It was not processed, and can be repeated (RFC 9113 §8.7).
                return try await channel.reset(.refusedStream)
            }
            var parts = inbound.makeAsyncIterator()
            let head: HTTPRequest
            do {
                guard case .head(let first)? = try await parts.next() else { return }
                head = first
            } catch {
                // The header is malformed, if the stream still exists (RFC 9113 §8.1.1).
                return try await channel.reset(.protocolError)
            }
            _ = try await exchange(head, .http2, &parts, outbound, stream)
            // The client may not have taken the response yet. `StreamHandler` ends the stream if the request goes on.
            try await channel.closeFuture.get()
        }
    }

    // MARK: - One request

    /// - Returns: Whether an HTTP/1.1 connection ends with the response, and the request's channel.
    @inline(never)
    private func exchange(
        _ head: HTTPRequest, _ version: ConnectionRequestChannel.Version, _ parts: inout RequestChannelBody.Parts,
        _ outbound: Outbound, _ messages: MessageChannel
    ) async throws -> (isLast: Bool, ConnectionRequestChannel) {
        messages.tap?.value.beginRequest()
        let requestChannel = ConnectionRequestChannel(
            channel: messages.channel, outbound: outbound, version: version, isSecure: tls != nil,
            connectionQuota: messages.connectionQuota, tap: messages.tap,
            expectsContinue: head.headerFields.value(of: .expect)?.lowercased() == "100-continue")
        let body = RequestChannelBody(
            requestChannel: requestChannel, parts: NIOLoopBound(parts, eventLoop: messages.channel.eventLoop))
        let response = await responder.respond(
            to: Request(head: head, body: RequestBody(asyncSequence: body)), requestChannel)
        messages.tap?.value.endRequest()
        do {
            let isLast = try await send(response, to: head, &parts, outbound, requestChannel)
            requestChannel.endResponse(.written)
            return (isLast, requestChannel)
        } catch {
            requestChannel.endResponse(.failed(error))
            throw error
        }
    }

    /// - Returns: Whether an HTTP/1.1 connection ends with this response.
    @inline(never)
    private func send(
        _ response: Response, to head: HTTPRequest, _ parts: inout RequestChannelBody.Parts, _ outbound: Outbound,
        _ requestChannel: ConnectionRequestChannel
    ) async throws -> Bool {
        var response = response
        let isStream = requestChannel.version == .http2
        // The end of a request without a body has already been received.
        if !requestChannel.isComplete, !head.announcesBody, case .end(let trailers)? = try await parts.next() {
            requestChannel.end(trailers: trailers)
        }
        requestChannel.beginResponse()
        let isBodyLong = head.headerFields.value(of: .contentLength).flatMap { Int($0) } ?? 0 > limits.drainBytesMax
        let canDrain = !isBodyLong && !requestChannel.awaitsContinue && !requestChannel.wasStopped
        let isLast = !requestChannel.isComplete && !canDrain || requestChannel.isHTTP10 || head.wantsClose
        if isLast, !isStream { response.headers[.connection] = "close" }
        if head.method == .head || !response.status.mayHaveBody {
            try await outbound.write(contentsOf: [.head(response.head), .end(nil)])
        } else {
            try await ResponseWriter(outbound: outbound).write(response: response.head, body: response.body)
        }
        return isLast
    }
}

extension Channel {
    /// Ends a stream of HTTP/2, and waits for that.
    fileprivate func reset(_ code: NIOHTTP2.HTTP2ErrorCode) async throws {
        try await triggerUserOutboundEvent(NIOHTTP2FramePayloadToHTTPEvent.reset(code: code)).get()
        try await closeFuture.get()
    }
}

extension HTTPRequest {
    /// The failure of a body whose end or whose bytes cannot be told (RFC 9112, sections 6.1 and 6.3).
    ///
    /// - Returns: 501 for a transfer coding in addition to `chunked`, which would have to be removed; 400 for any with
    ///   HTTP/1.0.
    func framingFailure(isHTTP10: Bool) -> RequestFailure? {
        let codings = headerFields[values: .transferEncoding]
        guard !codings.isEmpty else { return nil }
        if isHTTP10 { return .malformedRequest }
        return codings.count == 1 && codings[0].lowercased() == "chunked" ? nil : .transferCodingUnsupported
    }

    var wantsClose: Bool {
        headerFields[values: .connection].contains { value in
            value.split(separator: ",").contains { $0.trimmingBlanks.lowercased() == "close" }
        }
    }
}
