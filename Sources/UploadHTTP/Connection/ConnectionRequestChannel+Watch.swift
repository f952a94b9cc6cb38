import NIOCore
import Synchronization

extension ConnectionRequestChannel {
    /// The checks in a row that have to find the client's side closed. A client may close it and still wait for the response
    /// (RFC 9112 §9.6), though hardly any does: most have left.
    private static let closedChecksMax = 5

    /// Runs `body` in a task that is cancelled once the connection is closed, or the client's side of it has been closed for
    /// five seconds.
    func whileConnected<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await whileConnected(checkingEvery: .seconds(1), body)
    }

    func whileConnected<Value: Sendable>(
        checkingEvery interval: TimeAmount, _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let (left, hasLeft) = AsyncStream.makeStream(of: Never.self)
        let closedChecks = Atomic(0)
        let channel = channel
        let watch = channel.eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
            let isClosed = Self.isClosedByPeer(channel)
            let checks = isClosed ? closedChecks.add(1, ordering: .relaxed).newValue : 0
            if !isClosed { closedChecks.store(0, ordering: .relaxed) }
            if !channel.isActive || checks >= Self.closedChecksMax { hasLeft.finish() }
        }
        defer { watch.cancel() }
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                for await _ in left {}
                return nil
            }
            defer { group.cancelAll() }
            while let ended = try await group.next() {
                if let value = ended { return value }
                group.cancelAll()
            }
            throw CancellationError()
        }
    }

    /// Whether the kernel has received the end of the client's bytes: the first byte of `struct tcp_info` is the state of
    /// the connection, and 8 is `TCP_CLOSE_WAIT`. A stream of HTTP/2 has the socket of its connection; asked itself, it would
    /// end the process.
    static func isClosedByPeer(_ channel: any Channel) -> Bool {
        let socket = sequence(first: channel, next: \.parent).first { $0 is any SocketOptionProvider }
        let information = ChannelOptions.Types.SocketOption(level: .tcp, name: .tcpInformation)
        guard let state = try? socket?.syncOptions?.getOption(information) else { return false }
        return state & 0xff == 8
    }
}
