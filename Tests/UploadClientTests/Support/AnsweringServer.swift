import NIOCore
import NIOPosix
import Synchronization

/// A server of HTTP/1.1 that gives each request the response of its first line. Requests come in one piece.
final class AnsweringServer: Sendable {
    private let channel: any Channel
    private let log: Log

    final class Log: Sendable {
        let requests = Mutex<[String]>([])
    }

    /// - Parameter answer: The response to a request, with its header; by the request line.
    init(_ answer: @escaping @Sendable (String) -> String) async throws {
        let log = Log()
        self.log = log
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Handler(log, answer))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    var address: String { "http://127.0.0.1:\(channel.localAddress?.port ?? 0)" }
    /// With their fields.
    var requests: [String] { log.requests.withLock { $0 } }

    func close() async throws { try await channel.close() }

    static func response(_ status: String, _ body: String = "", _ fields: String...) -> String {
        "HTTP/1.1 \(status)\r\n\(fields.map { $0 + "\r\n" }.joined())Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let log: Log
        private let answer: @Sendable (String) -> String

        init(_ log: Log, _ answer: @escaping @Sendable (String) -> String) {
            self.log = log
            self.answer = answer
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let request = String(buffer: unwrapInboundIn(data))
            log.requests.withLock { $0.append(request) }
            let line = String(request.prefix { $0 != "\r\n" })
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer(line))), promise: nil)
        }
    }
}
