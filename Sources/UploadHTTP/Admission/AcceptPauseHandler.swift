import Glibc
import Logging
import NIOCore

/// Pauses accepting connections for a second when the process or the system has no descriptors or memory for one, and
/// lets idle connections go.
///
/// The first handler of a listening channel. NIO's own handler delays the next `accept` after an error, but the channel
/// stays registered for connections that wait, and the event loop would try again without a pause.
final class AcceptPauseHandler: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel
    typealias OutboundIn = Never
    typealias OutboundOut = Never

    static let pause = TimeAmount.seconds(1)
    /// Idle connections closed per pause.
    static let dropCount = 32
    /// From one line of the log to the next.
    private static let logInterval = TimeAmount.seconds(60)

    private let connections: OpenConnections
    private let logger: Logger
    private var isPaused = false
    private var loggedAt: NIODeadline?

    init(connections: OpenConnections, logger: Logger) {
        self.connections = connections
        self.logger = logger
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let failure = error as? IOError, [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(failure.errnoCode),
            let options = context.channel.syncOptions
        else { return context.fireErrorCaught(error) }
        guard !isPaused else { return }
        isPaused = true
        // Failures can come only from a closed channel, which accepts nothing.
        try? options.setOption(.autoRead, value: false)
        log(failure, dropped: connections.dropIdle(Self.dropCount))
        scheduleResumption(context)
    }

    func read(context: ChannelHandlerContext) {
        if !isPaused { context.read() }
    }

    private func scheduleResumption(_ context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: Self.pause) {
            let (handler, context) = bound.value
            handler.resume(context)
        }
    }

    private func resume(_ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        // Setting the option reads at once, past the handler that keeps the limit.
        guard connections.hasRoom else { return scheduleResumption(context) }
        isPaused = false
        try? context.channel.syncOptions?.setOption(.autoRead, value: true)
    }

    private func log(_ failure: IOError, dropped: Int) {
        let now = NIODeadline.now()
        guard loggedAt.map({ $0 + Self.logInterval <= now }) ?? true else { return }
        loggedAt = now
        logger.warning(
            "connections wait: the system has no room for another one",
            metadata: [
                "error": "\(failure)", "open": .stringConvertible(connections.count),
                "dropped": .stringConvertible(dropped),
            ])
    }
}
