import DurableFiles
import Glibc
import NIOCore
import NIOPosix
import NativeWire

/// Sends requests to the server of a store, over its control socket.
enum ControlClient {
    /// Makes a backup.
    ///
    /// - Returns: The result; nil if no server listens. Cancellation closes the connection, which stops the backup.
    /// - Throws: `CommandFailure`, `CancellationError`.
    static func backUp(
        _ request: ControlRequest.Backup, storeIn data: String, progress: (BackupCounts) async -> Void
    ) async throws -> BackupCounts? {
        guard let connection = try await connect(to: data) else { return nil }
        do {
            return try await connection.executeThenClose { inbound, outbound in
                try await ControlLines.write(ControlRequest(backup: request), to: outbound)
                var lines = ControlLines.Reader(inbound)
                while let line = try await lines.next() {
                    switch try NativeJSON.decode(ControlReply.self, from: line) {
                    case .progress(let counts): await progress(counts)
                    case .result(let counts): return counts
                    case .failure(let failure): throw CommandFailure(failure)
                    }
                }
                try Task.checkCancellation()
                throw CommandFailure.connectionLost
            }
        } catch let error as CommandFailure {
            throw error
        } catch {
            try Task.checkCancellation()
            throw CommandFailure.connectionLost
        }
    }

    private static func connect(to data: String) async throws -> ControlLines.Connection? {
        let address: ControlAddress
        do throws(FileError) {
            address = try await blocking { () throws(FileError) in try ControlAddress(of: data) }
        } catch {
            // Opening the store reports it.
            return nil
        }
        do {
            let connection = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(unixDomainSocketPath: address.path) { ControlLines.connection($0) }
            withExtendedLifetime(address) {}
            return connection
        } catch let error as IOError where [ENOENT, ECONNREFUSED, ENOTDIR].contains(error.errnoCode) {
            return nil
        } catch {
            throw CommandFailure(
                status: .localFile, code: "control_socket",
                message: "The control socket of the server of “\(data)” cannot be opened: \(error).",
                advice: "Run the command as the user of the server.")
        }
    }
}

extension CommandFailure {
    static let connectionLost = CommandFailure(
        status: .temporary, code: "connection_lost", message: "The server ended the connection; it may have stopped.",
        advice: "Run the backup again: it continues with what is missing.")
}
