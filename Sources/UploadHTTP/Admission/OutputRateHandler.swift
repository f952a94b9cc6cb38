import NIOCore

/// Closes connections whose clients take their responses too slowly, as `OutputRateState` decides. It asks the kernel,
/// which knows what has reached the client however it was sent: by `sendfile`, from a buffer, encrypted.
///
/// The first handler of a connection.
final class OutputRateHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private static let samplesPerWindow: Int64 = 12

    private var rate: OutputRateState
    private let sampleInterval: TimeAmount
    private let metrics: ServerMetrics
    private var sampling: RepeatedTask?

    init(limits: HTTPLimits, metrics: ServerMetrics) {
        rate = OutputRateState(limits: limits)
        sampleInterval = .milliseconds(max(1, limits.responseRateWindowMilliseconds / Self.samplesPerWindow))
        self.metrics = metrics
    }

    func handlerAdded(context: ChannelHandlerContext) {
        guard let socket = context.channel as? any SocketOptionProvider else { return }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        sampling = context.eventLoop.scheduleRepeatedTask(initialDelay: sampleInterval, delay: sampleInterval) { _ in
            // Succeeds at once on the event loop; a failure means that the connection is closed.
            socket.outputProgress().whenSuccess { progress in
                let (handler, context) = bound.value
                handler.sampled(progress, context)
            }
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        sampling?.cancel()
        sampling = nil
    }

    private func sampled(_ progress: OutputRateState.Progress, _ context: ChannelHandlerContext) {
        let now = Int64(NIODeadline.now().uptimeNanoseconds)
        guard sampling != nil, rate.isTooSlow(progress, at: now) else { return }
        sampling?.cancel()
        sampling = nil
        metrics.connectionEnded(.slowResponse)
        context.close(promise: nil)
    }
}

extension SocketOptionProvider {
    /// From `TCP_INFO` (tcp(7)). Glibc's `tcp_info` ends before the needed fields, so the kernel's structure
    /// (`linux/tcp.h`, whose layout is part of its ABI) is read as words of a little-endian machine.
    fileprivate func outputProgress() -> EventLoopFuture<OutputRateState.Progress> {
        typealias Words = InlineArray<19, UInt64>
        let words: EventLoopFuture<Words> = unsafeGetSocketOption(level: .tcp, name: .tcpInformation)
        return words.map { words in
            let unacknowledgedSegments = UInt32(truncatingIfNeeded: words[3])
            let unsentBytes = UInt32(truncatingIfNeeded: words[18])
            return OutputRateState.Progress(
                acknowledgedBytes: words[15], isWaiting: unacknowledgedSegments > 0 || unsentBytes > 0)
        }
    }
}
