import HTTPWire
import NIOCore
import UploadCore
import UploadTransfer

/// Reads the parts of a form from the body of a request, one after the other.
///
/// For one task at a time, like an iterator: `next` passes over what was not read of the part before.
final class MultipartReader<Body: AsyncSequence> where Body.Element == ByteBuffer {
    private var body: Body.AsyncIterator
    private var parser: MultipartParser
    private var isInPart = false

    /// - Throws: `invalid_argument`.
    init(_ body: Body, contentType: String) throws(UploadError) {
        do throws(MultipartParser.Problem) {
            parser = try MultipartParser(contentType: contentType)
        } catch {
            throw UploadError(.invalidArgument("Content-Type", error.text))
        }
        self.body = body.makeAsyncIterator()
    }

    /// The header of the next part; nil after the last one, when the whole body has been read.
    ///
    /// - Throws: `RequestFailure` (`invalid_argument`) for a body that is no form; errors of the body.
    func next() async throws -> MultipartHeader? {
        while let event = try await nextEvent() {
            switch event {
            case .part(let header):
                isInPart = true
                return header
            case .bytes, .partEnd, .end: isInPart = false
            }
        }
        return nil
    }

    /// The bytes of the part whose header `next` has returned.
    var bytes: PartBytes { PartBytes(reader: self) }

    /// The bytes of the part.
    ///
    /// - Throws: `too_large`; as `next`.
    func collect(atMost maximum: Int) async throws -> [UInt8] {
        var collected: [UInt8] = []
        while let bytes = try await nextBytes() {
            guard collected.count + bytes.count <= maximum else {
                throw RequestFailure.contentTooLarge(maximum: UInt64(maximum))
            }
            collected += bytes
        }
        return collected
    }

    fileprivate func nextBytes() async throws -> [UInt8]? {
        guard isInPart else { return nil }
        guard case .bytes(let bytes) = try await nextEvent() else {
            isInPart = false
            return nil
        }
        return bytes
    }

    private func nextEvent() async throws -> MultipartParser.Event? {
        do {
            while true {
                if let event = try parser.next() { return event }
                guard let buffer = try await body.next() else {
                    try parser.finish()
                    return nil
                }
                parser.append(buffer.readableBytesView)
            }
        } catch let problem as MultipartParser.Problem {
            throw RequestFailure(UploadError(.invalidArgument("body", problem.text)))
        }
    }

    struct PartBytes: AsyncSequence, AsyncIteratorProtocol {
        fileprivate let reader: MultipartReader

        func makeAsyncIterator() -> PartBytes { self }

        func next() async throws -> ArraySlice<UInt8>? { try await reader.nextBytes()?[...] }
    }
}
