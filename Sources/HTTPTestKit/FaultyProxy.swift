import NIOCore
import NIOPosix
import Synchronization

/// Forwards connections on a free port of the loopback interface to a server, each with the fault that the plan has for it.
///
/// It knows nothing of HTTP but that a client which waits for an answer sends nothing: bytes that follow an answer begin the next
/// request.
public final class FaultyProxy: Sendable {
    /// Where it listens.
    public let port: Int
    private let server: Int
    private let plan: FaultPlan
    private let counts = Mutex(Counts())

    /// What has happened so far.
    public struct Counts: Hashable, Sendable {
        public var connections = 0
        /// Connections that were reset or ended early, on purpose.
        public var cut = 0
        /// Requests that the server got once more.
        public var duplicated = 0
        /// Bytes that came from clients.
        public var requestBytes = 0
    }

    private init(port: Int, server: Int, plan: FaultPlan) {
        self.port = port
        self.server = server
        self.plan = plan
    }

    /// Runs `body` beside a proxy, and then resets what is left of its connections.
    ///
    /// - Parameter server: The port that it forwards to.
    /// - Throws: What `body` throws, or that there is no free port.
    public static func run<Value: Sendable>(
        to server: Int, plan: FaultPlan, _ body: @escaping @Sendable (FaultyProxy) async throws -> Value
    ) async throws -> Value {
        let listening = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .bind(host: "127.0.0.1", port: 0) { channel in
                channel.eventLoop.makeCompletedFuture { try ProxyConnection.link(channel) }
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

    public var soFar: Counts { counts.withLock { $0 } }

    private func serve(_ listening: NIOAsyncChannel<ProxyConnection.Link, Never>) async throws {
        try await listening.executeThenClose { clients in
            try await withThrowingDiscardingTaskGroup { group in
                for try await client in clients {
                    let number = counts.withLock { counts in
                        counts.connections += 1
                        return counts.connections - 1
                    }
                    group.addTask { [self] in
                        await ProxyConnection(server: server, fault: plan.fault(number)) { change in
                            self.counts.withLock { change(&$0) }
                        }.run(client)
                    }
                }
            }
        }
    }
}
