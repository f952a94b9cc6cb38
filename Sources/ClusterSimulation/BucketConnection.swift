import AsyncHTTPClient
import BlobStorageS3
import NIOCore
import NIOHTTP1
import UploadSimulation
import UploadTestKit

/// The way from a node to the bucket and back.
struct BucketConnection: S3Transport {
    let process: NodeProcess
    let bucket: SimulatedBucket

    func execute(
        _ request: HTTPClientRequest, deadline: NIODeadline, isStreamed: Bool
    ) async throws -> HTTPClientResponse {
        try await process.step()
        let answer = bucket.answer(try await BucketRequest(request, bucket: SimulatedBucket.name))
        if bucket.draws(\.slow) {
            for _ in 0..<bucket.world.draw({ $0.below(200) }) { await Task.yield() }
        }
        try await process.step()
        switch answer {
        case .noResponse: throw HTTPClientError.readTimeout
        case .response(let status, let body, let headers, let breaks):
            return HTTPClientResponse(
                status: HTTPResponseStatus(statusCode: status), headers: headers,
                body: .stream(ResponseBody(process: process, world: bucket.world, bytes: body, breaks: breaks)))
        }
    }

    func shutdown() async throws {}
}

/// A body that arrives in pieces.
private struct ResponseBody: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    let process: NodeProcess
    let world: World
    let bytes: [UInt8]
    let breaks: Bool

    func makeAsyncIterator() -> Iterator { Iterator(body: self, rest: bytes[...]) }

    struct Iterator: AsyncIteratorProtocol {
        let body: ResponseBody
        var rest: ArraySlice<UInt8>

        mutating func next() async throws -> ByteBuffer? {
            guard !rest.isEmpty else {
                if body.breaks { throw HTTPClientError.remoteConnectionClosed }
                return nil
            }
            try await body.process.step()
            let piece = rest.prefix(body.world.draw { $0.within(1...2_000) })
            rest = rest.dropFirst(piece.count)
            return ByteBuffer(bytes: piece)
        }
    }
}
