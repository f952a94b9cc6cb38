/// Contiguous bytes in memory that may be passed to another thread. The engine borrows them and copies none.
public protocol BorrowedBytes: Sendable {
    var count: Int { get }
    func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result

    /// Visits all bytes once, in order, in one or more pieces. Bytes may get into memory only now, a piece at a time: a
    /// writer that does not need them together prefers this to `withBytes`. Bytes that were visited may be gone.
    ///
    /// - Parameter offset: Where the bytes belong in a file. Those that get into memory now lie at an address with the same
    ///   rest modulo 4096, so that their whole blocks can be written directly.
    /// - Throws: Errors of `visit`; `unavailable` if there are fewer bytes than `count`.
    func forEachPiece(
        alignedTo offset: UInt64, _ visit: (UnsafeRawBufferPointer) throws(UploadError) -> Void
    ) throws(UploadError)
}

extension BorrowedBytes {
    /// For bytes that are in memory: one piece.
    public func forEachPiece(
        alignedTo offset: UInt64, _ visit: (UnsafeRawBufferPointer) throws(UploadError) -> Void
    ) throws(UploadError) {
        try withBytes(visit)
    }
}

extension BorrowedBytes where Self: ContiguousByteCollection {
    public func withBytes<Value, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        // The standard library's own method rethrows without a type.
        let outcome: Result<Value, Failure> = withUnsafeBytes { bytes in
            do throws(Failure) {
                return .success(try body(bytes))
            } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }
}

/// The shared requirement of arrays and their slices.
public protocol ContiguousByteCollection {
    func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result
}

extension [UInt8]: BorrowedBytes, ContiguousByteCollection {}
extension ArraySlice<UInt8>: BorrowedBytes, ContiguousByteCollection {}
