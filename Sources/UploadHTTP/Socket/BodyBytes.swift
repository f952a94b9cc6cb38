import NIOCore
package import UploadCore
import UploadTransfer

/// The next bytes of a body: those that its channel has received, and behind them some that are still in the socket, for the
/// thread that writes them to receive. They then pass through that thread's part of the processor's cache once, instead of
/// through memory, and wait for the store in the kernel instead of here.
package struct BodyBytes: BodyBuffer {
    private var received: ByteBuffer
    private var claimed: (claim: SocketClaim, range: Range<Int>)?

    init(_ received: ByteBuffer, _ claim: SocketClaim? = nil) {
        self.received = received
        claimed = claim.map { ($0, 0..<$0.byteCount) }
    }

    package var count: Int { received.readableBytes + claimedBytes }

    /// Those that are taken from the socket.
    var claimedBytes: Int { claimed?.range.count ?? 0 }

    package mutating func removePrefix(_ byteCount: Int) -> BodyBytes {
        var first = self
        first.received = received.readSlice(length: min(byteCount, received.readableBytes)) ?? ByteBuffer()
        guard let (claim, range) = claimed else { return first }
        let split = range.lowerBound + byteCount - first.received.readableBytes
        first.claimed = split > range.lowerBound ? (claim, range.lowerBound..<split) : nil
        claimed = split < range.upperBound ? (claim, split..<range.upperBound) : nil
        return first
    }

    package func forEachPiece(
        alignedTo offset: UInt64, _ visit: (UnsafeRawBufferPointer) throws(UploadError) -> Void
    ) throws(UploadError) {
        guard let (claim, range) = claimed else { return try received.withBytes(visit) }
        try PieceBuffers.shared.withBuffer { buffer throws(UploadError) in
            // All pieces but the last one end with the buffer, so that those after the first begin with a block.
            var start = Int((offset + UInt64(received.readableBytes)) % UInt64(PieceBuffers.alignment))
            var filled = start
            // What the channel has received is small, and a part of the first piece.
            let first = Int(offset % UInt64(PieceBuffers.alignment))
            if received.readableBytes < buffer.count - first {
                let target = UnsafeMutableRawBufferPointer(rebasing: buffer[first...])
                received.withUnsafeReadableBytes { target.copyMemory(from: $0) }
                start = first
                filled = first + received.readableBytes
            } else {
                try received.withBytes(visit)
            }
            var position = range.lowerBound
            while position < range.upperBound {
                let end = min(range.upperBound, position + buffer.count - filled)
                let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[start..<(filled + end - position)])
                let rest = UnsafeMutableRawBufferPointer(rebasing: piece[(filled - start)...])
                try claim.take(position..<end, into: rest)
                try visit(UnsafeRawBufferPointer(piece))
                (position, start, filled) = (end, 0, 0)
            }
        }
    }

    package func withBytes<Value, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        guard let (claim, range) = claimed else { return try received.withBytes(body) }
        guard let rest = claim.peek(range) else {
            preconditionFailure("Received bytes stay in a socket until they are read")
        }
        if received.readableBytes == 0 { return try rest.withBytes(body) }
        var whole = received
        whole.writeImmutableBuffer(rest)
        return try whole.withBytes(body)
    }
}
