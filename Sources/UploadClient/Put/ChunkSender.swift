import HTTPTypes
import HTTPWire
import NativeWire
import UploadModel

/// Sends one chunk until the server has it from this client or another one.
struct ChunkSender: Sendable {
    let client: UploadClient
    let upload: String
    let meter: ProgressMeter

    /// Attempts for a chunk that arrives damaged, or whose write another request takes over.
    private static let repeatsMax = 8

    enum Outcome: Sendable {
        case acknowledged
        /// The upload is committed: another client sent the rest.
        case committed
        /// The caller decides how to recover.
        case refused(ClientError, UploadRecovery)
    }

    /// - Parameters:
    ///   - digest: Sent as `Content-Digest`, so that the server distinguishes damage from a conflict.
    ///   - body: Creates the body for each attempt.
    ///   - recheck: Called before the chunk is sent again; throws if the source has changed.
    func send(
        _ index: UInt64, length: UInt64, digest: Digest, body: @escaping @Sendable () -> TransportRequest.Body,
        recheck: @Sendable () async throws -> Void
    ) async throws -> Outcome {
        var attempt = 0
        while true {
            attempt += 1
            do {
                try await put(index, length: length, digest: digest, body: body)
                meter.acknowledge(index, bytes: length)
                return .acknowledged
            } catch let error as ClientError {
                let recovery = UploadRecovery(from: error, during: .chunk)
                guard attempt < Self.repeatsMax else { return .refused(error, recovery) }
                switch recovery {
                case .finish: return .committed
                case .resendChunk: try await recheck()
                case .refreshStatus:
                    // The other request may be in progress. The random delay gives it time, and keeps two clients from
                    // superseding each other forever.
                    let ceiling = Double(client.retries.baseMilliseconds << Int64(attempt))
                    try await client.timer.wait(Int64(ceiling * client.timer.fraction()))
                    switch try await client.status(upload).chunkState(index) {
                    case .committed: return .committed
                    case .durable:
                        meter.acknowledge(index, bytes: length)
                        return .acknowledged
                    case .missing: continue
                    }
                default: return .refused(error, recovery)
                }
            }
        }
    }

    private func put(
        _ index: UInt64, length: UInt64, digest: Digest, body: @escaping @Sendable () -> TransportRequest.Body
    ) async throws {
        let path = NativePath.chunk(index, ofUpload: upload)
        let fields: HTTPFields = [
            .contentType: "application/octet-stream", .contentDigest: ContentDigest.format(digest),
        ]
        try await client.perform {
            meter.start(index)
            return TransportRequest(.put, path, fields: fields, body: body())
        } read: { response in
            for try await _ in response.body {}
        }
    }
}

extension UploadDocument {
    fileprivate enum ChunkState {
        case durable, missing, committed
    }

    /// The state of a chunk on the server. A chunk beyond the ranges that fit into the document counts as missing;
    /// sending it again is idempotent.
    fileprivate func chunkState(_ index: UInt64) -> ChunkState {
        if state == .committed { return .committed }
        return received.contains { $0.count == 2 && $0[0] <= index && index <= $0[1] } ? .durable : .missing
    }
}
