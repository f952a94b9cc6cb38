import NIOCore
import NIOPosix
import Synchronization

/// Forwards connections from a free port on the loopback interface to a server, with the faults of a plan.
///
/// All it assumes about HTTP is that a client sends nothing while it waits for a response: bytes after a response start
/// the next request.
///
/// ```swift
/// try await FaultyProxy.run(to: port, plan: .seeded(1, bytesMax: 1 << 20)) { proxy in
///     try await upload(to: proxy.port)
/// }
/// ```
public final class FaultyProxy: Sendable {
    /// The listening port.
    public let port: Int
    private let server: Int
    private let plan: FaultPlan
    private let counts = Mutex(Counts())

    /// Statistics.
    public struct Counts: Hashable, Sendable {
        public var connections = 0
        /// Connections reset or closed early by a fault.
        public var cut = 0
        /// Requests sent to the server again.
        public var duplicated = 0
        /// Bytes received from clients.
        public var requestBytes = 0
    }

    private init(port: Int, server: Int, plan: FaultPlan) {
        self.port = port
        self.server = server
        self.plan = plan
    }

    /// Runs `body` with a proxy, then closes the proxy's connections.
    ///
    /// - Parameter server: The port to forward to.
    /// - Throws: The error of `body`, or a failure to listen.
    public static func run<Value: Sendable>(
        to server: Int, plan: FaultPlan, _ body: @escaping @Sendable (FaultyProxy) async throws -> Value
    ) async throws -> Value {
        let listening = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .bind(host: "127.0.0.1", port: 0) { channel in
                channel.eventLoop.makeCompletedFuture { AcceptedLink(try ProxyConnection.link(channel)) }
            }
        let proxy = FaultyProxy(port: listening.channel.localAddress?.port ?? 0, server: server, plan: plan)
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask {
                try await proxy.serve(listening)
                return nil
            }
            group.addTask { try await body(proxy) }
            defer { group.cancelAll() }
            while let outcome = try await group.next() {
                if let value = outcome { return value }
            }
            throw CancellationError()
        }
    }

    public var currentCounts: Counts { counts.withLock { $0 } }

    private func serve(_ listening: NIOAsyncChannel<AcceptedLink, Never>) async throws {
        try await listening.executeThenClose { clients in
            try await withThrowingDiscardingTaskGroup { group in
                for try await client in clients {
                    let number = counts.withLock { counts in
                        counts.connections += 1
                        return counts.connections - 1
                    }
                    let link = client.take()
                    group.addTask { [self] in
                        await ProxyConnection(server: server, fault: plan.fault(number)) { change in
                            self.counts.withLock { change(&$0) }
                        }.run(link)
                    }
                }
            }
        }
    }
}

/// A connection of a client that the proxy may drop before it serves it, when its test has ended. Dropping an asynchronous
/// channel without serving it traps.
private final class AcceptedLink: Sendable {
    private let link: ProxyConnection.Link
    private let isTaken = Atomic(false)

    init(_ link: ProxyConnection.Link) {
        self.link = link
    }

    deinit {
        guard !isTaken.load(ordering: .relaxed) else { return }
        Task { [link] in try? await link.executeThenClose { _, _ in } }
    }

    /// Returns the channel to a caller that serves it.
    func take() -> ProxyConnection.Link {
        isTaken.store(true, ordering: .relaxed)
        return link
    }
}
