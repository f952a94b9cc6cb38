import NIOCore
import NIOPosix
import NativeWire
import UploadCore

/// A connection over the control socket: a JSON object on each line, in both directions.
struct ControlLines: Sendable {
    typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    /// Longer lines end the connection.
    static let lineBytesMax = 1 << 20

    struct LineTooLong: Error {}

    /// The lines of one side, read by one task.
    struct Reader {
        private var bytes: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
        private var rest: [UInt8] = []

        init(_ inbound: NIOAsyncChannelInboundStream<ByteBuffer>) {
            bytes = inbound.makeAsyncIterator()
        }

        /// The next line without its end; nil at the end of the connection.
        mutating func next() async throws -> [UInt8]? {
            while true {
                if let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                    defer { rest.removeFirst(end + 1) }
                    return Array(rest[..<end])
                }
                guard rest.count <= ControlLines.lineBytesMax else { throw LineTooLong() }
                guard let more = try await bytes.next() else { return nil }
                rest += more.readableBytesView
            }
        }
    }

    static func write(
        _ message: some Encodable, to outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) async throws {
        var line = ByteBuffer(bytes: try NativeJSON.encode(message))
        line.writeInteger(UInt8(ascii: "\n"))
        try await outbound.write(line)
    }

    /// The pipeline of a connection, for the bootstraps of both sides.
    static func connection(_ channel: any Channel) -> EventLoopFuture<Connection> {
        channel.eventLoop.makeCompletedFuture { try Connection(wrappingChannelSynchronously: channel) }
    }
}
