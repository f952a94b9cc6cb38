public import NIOCore
public import UploadCore
import UploadTransfer

/// Lends the readable bytes of a buffer.
extension ByteBuffer: BorrowedBytes {
    public var count: Int { readableBytes }

    public func withBytes<Value, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        // The buffer's own method rethrows without a type.
        let outcome: Result<Value, Failure> = withUnsafeReadableBytes { bytes in
            do throws(Failure) {
                return .success(try body(bytes))
            } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }
}

extension ByteBuffer: BodyBuffer {
    package mutating func removePrefix(_ byteCount: Int) -> ByteBuffer {
        readSlice(length: byteCount) ?? ByteBuffer()
    }
}
