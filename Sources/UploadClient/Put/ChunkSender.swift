import HTTPTypes
import NativeWire
import UploadCore

/// Sends one chunk until the server has it, whoever sent it.
struct ChunkSender: Sendable {
    let client: UploadClient
    let upload: String
    let meter: ProgressMeter

    /// How often a chunk is sent that arrives damaged, or that another request takes over.
    private static let repeatsMax = 8

    enum Outcome: Sendable {
        case acknowledged
        /// The upload is committed already: somebody else sent the rest.
        case committed
        /// What the caller has to decide about.
        case refused(ClientError, Reaction)
    }

    /// - Parameters:
    ///   - digest: Sent as `Content-Digest`, so that the server can tell damage from a conflict.
    ///   - body: Makes the body anew for each attempt.
    ///   - recheck: Throws if the source has changed, before the chunk is sent once more.
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
                let reaction = Reaction(to: error, during: .chunk)
                guard attempt < Self.repeatsMax else { return .refused(error, reaction) }
                switch reaction {
                case .finish: return .committed
                case .sendAgain: try await recheck()
                case .askStatus:
                    // The other request may be half way: time for it comes first, and chance keeps two from taking over
                    // from each other for ever.
                    let ceiling = Double(client.retries.baseMilliseconds << Int64(attempt))
                    try await client.timer.wait(Int64(ceiling * client.timer.fraction()))
                    switch try await client.status(upload).holding(index) {
                    case .committed: return .committed
                    case .durable:
                        meter.acknowledge(index, bytes: length)
                        return .acknowledged
                    case .missing: continue
                    }
                default: return .refused(error, reaction)
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
    fileprivate enum Holding {
        case durable, missing, committed
    }

    /// Whether the server has a chunk. One beyond the ranges that fit into the document counts as missing: sending it again
    /// does no harm.
    fileprivate func holding(_ index: UInt64) -> Holding {
        if state == .committed { return .committed }
        return received.contains { $0.count == 2 && $0[0] <= index && index <= $0[1] } ? .durable : .missing
    }
}
