import NIOCore
import Synchronization
import UploadCore

/// Bytes of a body at the front of a socket's receive queue that one reader takes, on any thread. They have arrived: taking
/// them never waits.
///
/// Before anything behind them is received, the channel calls `load`; the reader then finds its bytes in memory.
package final class SocketClaim: Sendable {
    private struct State {
        /// Bytes that were received into buffers of the reader.
        var takenBytes = 0
        /// The bytes behind these, once they are in memory: fewer than claimed if the socket had fewer.
        var loaded: ByteBuffer?

        func slice(_ range: Range<Int>) -> ByteBuffer? {
            guard let loaded, range.lowerBound >= takenBytes else { return nil }
            return loaded.getSlice(at: loaded.readerIndex + range.lowerBound - takenBytes, length: range.count)
        }
    }

    let byteCount: Int
    private let socket: BodySocket
    private let state = Mutex(State())

    /// - Parameter byteCount: Bytes that are available, and that no other claim has.
    init(_ socket: BodySocket, _ byteCount: Int) {
        self.socket = socket
        self.byteCount = byteCount
    }

    /// Receives a range of the bytes into a buffer of its size. Ranges are taken in order, and once.
    ///
    /// - Throws: `unavailable` if the socket had fewer bytes than were claimed.
    func take(_ range: Range<Int>, into buffer: UnsafeMutableRawBufferPointer) throws(UploadError) {
        let isWhole = state.withLock { state in
            if state.loaded == nil, range.lowerBound == state.takenBytes {
                state.takenBytes += range.count
                return socket.receive(into: buffer)
            }
            load(&state)
            guard let bytes = state.slice(range) else { return false }
            bytes.withUnsafeReadableBytes { buffer.copyMemory(from: $0) }
            return true
        }
        if !isWhole { throw UploadError(.unavailable(detail: "a socket had fewer bytes than it announced")) }
    }

    /// Moves what was not taken into memory.
    func load() {
        state.withLock { load(&$0) }
    }

    /// A range of the bytes that were not taken, in memory.
    ///
    /// - Returns: nil if the socket had fewer bytes than were claimed.
    func peek(_ range: Range<Int>) -> ByteBuffer? {
        state.withLock { state in
            load(&state)
            return state.slice(range)
        }
    }

    private func load(_ state: inout State) {
        let count = byteCount - state.takenBytes
        guard state.loaded == nil, count > 0 else { return }
        var buffer = ByteBufferAllocator().buffer(capacity: count)
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { bytes in
            socket.receive(into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<count])) ? count : 0
        }
        state.loaded = buffer
    }
}
