import DurableFiles
import Logging
import NIOCore
import NIOPosix
import NativeWire
import ServiceLifecycle
import Wharf

/// Serves the control socket, over which `wharf backup` requests backups.
///
/// One request per connection. A lost connection, or the stop of the server, cancels its backup.
struct ControlServer: Service {
    typealias BackUp =
        @Sendable (ControlRequest.Backup, @escaping @Sendable (BackupSummary) -> Void) async throws(BackupError) ->
        BackupSummary

    let address: ControlAddress
    /// Bound and listening, so that no request comes too early.
    let socket: Int32
    let backUp: BackUp
    let logger: Logger

    /// Listens at the control socket of a directory.
    ///
    /// - Returns: Nil, and a warning in the log, if that is impossible: the server works without.
    static func listen(in directory: String, logger: Logger, backUp: @escaping BackUp) async -> ControlServer? {
        do throws(FileError) {
            let (address, socket) = try await blocking { () throws(FileError) in
                let address = try ControlAddress(of: directory)
                return (address, try address.listen())
            }
            return ControlServer(address: address, socket: socket, backUp: backUp, logger: logger)
        } catch {
            logger.warning("backups are off: no control socket", metadata: ["error": "\(error)"])
            return nil
        }
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            do {
                try await accept()
            } catch {
                if !Task.isCancelled {
                    logger.error("backups are off: the control socket failed", metadata: ["error": "\(error)"])
                }
            }
            // A service that returns ends the server.
            try? await gracefulShutdown()
        }
        await blocking { address.remove() }
    }

    private func accept() async throws {
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton).bind(socket) { channel in
            ControlLines.connection(channel)
        }
        try await withThrowingDiscardingTaskGroup { group in
            try await server.executeThenClose { connections in
                for try await connection in connections {
                    group.addTask { await serve(connection) }
                }
            }
        }
    }

    private func serve(_ connection: ControlLines.Connection) async {
        // A failed connection cancels its request; there is nobody left to report it to.
        try? await connection.executeThenClose { inbound, outbound in
            var lines = ControlLines.Reader(inbound)
            guard let line = try await lines.next() else { return }
            guard let request = try? NativeJSON.decode(ControlRequest.self, from: line) else {
                return try await ControlLines.write(ControlReply.failure(.unknownRequest), to: outbound)
            }
            try await withThrowingDiscardingTaskGroup { group in
                group.addTask { try await respond(to: request.backup, outbound) }
                // The client closes the connection after the result, or earlier.
                while try await lines.next() != nil {}
                group.cancelAll()
            }
        }
    }

    private func respond(
        to request: ControlRequest.Backup, _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) async throws {
        logger.info("backup started", metadata: ["directory": "\(request.directory)"])
        let (progress, continuation) = AsyncStream.makeStream(
            of: BackupSummary.self, bufferingPolicy: .bufferingNewest(1))
        async let reply = perform(request, continuation)
        for await summary in progress {
            try await ControlLines.write(ControlReply.progress(BackupCounts(summary)), to: outbound)
        }
        try await ControlLines.write(await reply, to: outbound)
    }

    private func perform(
        _ request: ControlRequest.Backup, _ progress: AsyncStream<BackupSummary>.Continuation
    ) async -> ControlReply {
        defer { progress.finish() }
        do throws(BackupError) {
            let summary = try await backUp(request) { progress.yield($0) }
            let counts = BackupCounts(summary)
            logger.notice("backup made", metadata: ["directory": "\(request.directory)", "result": "\(counts.text)"])
            return .result(counts)
        } catch {
            logger.error("backup failed", metadata: ["directory": "\(request.directory)", "error": "\(error)"])
            return .failure(BackupFailure(error))
        }
    }
}
