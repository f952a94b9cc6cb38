import AsyncHTTPClient
import NIOCore
import Synchronization
import UploadCore

/// Bytes of a store as the body of a request, which reads them as fast as the engine takes them. Each attempt reads them from
/// the beginning.
struct SourceBytes<Base: AsyncSequence & Sendable>: AsyncSequence, Sendable
where Base.Element == [UInt8], Base.Failure == UploadError {
    typealias Element = ByteBuffer

    private let base: Base
    private let problem = Problem()

    init(_ base: Base) {
        self.base = base
    }

    /// Why the bytes could not be read, which the error of the request does not say.
    final class Problem: Sendable {
        private let error = Mutex<UploadError?>(nil)

        func set(_ error: UploadError) { self.error.withLock { $0 = error } }
        func take() -> UploadError? { error.withLock { $0.take() } }
    }

    func body(byteCount: UInt64) -> HTTPClientRequest.Body { .stream(self, length: .known(Int64(byteCount))) }

    /// - Throws: The error of the source, if the body failed for it.
    func check() throws(UploadError) {
        if let error = problem.take() { throw error }
    }

    func makeAsyncIterator() -> Iterator { Iterator(base: base.makeAsyncIterator(), problem: problem) }

    struct Iterator: AsyncIteratorProtocol {
        fileprivate var base: Base.AsyncIterator
        fileprivate let problem: SourceBytes.Problem

        mutating func next() async throws -> ByteBuffer? {
            do throws(UploadError) {
                return try await base.next(isolation: nil).map { ByteBuffer(bytes: $0) }
            } catch {
                problem.set(error)
                throw error
            }
        }
    }
}
