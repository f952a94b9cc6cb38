import HTTPTypes
import HTTPWire
import NativeWire
import ResumableWire
import UploadModel

/// The way of an upload from its creation, or from an earlier process, to its end.
extension ResumableUpload {
    private enum Status: Sendable {
        case complete
        case incomplete(ResumableState, UploadLimit?)
        case lost(ClientError)
    }

    /// Appends what is missing.
    ///
    /// - Parameters:
    ///   - offset: nil if it has to be asked for.
    ///   - limit: As known so far.
    func proceed(
        _ upload: Located, from offset: UInt64? = nil, _ limit: UploadLimit? = nil
    ) async throws -> Outcome {
        var (offset, limit, durable) = (offset, limit, UInt64(0))
        var loop = RetryLoop(client)
        defer { loop.end() }
        while true {
            let start: UInt64
            if let offset {
                start = offset
            } else {
                switch try await status(of: upload) {
                case .lost(let error): return .lost(error)
                case .complete: return .complete(try await replayed(upload), upload)
                case .incomplete(let state, let stated): (start, limit) = (min(state.offset, size), stated ?? limit)
                }
            }
            if start > durable { loop.progressed() }
            durable = start
            meter.begin(upload: upload.path.split(separator: "/").last.map(String.init), done: start, total: size)
            try await file.requireUnchanged()

            let end = min(size, start.saturatingSum(requestBytesMax(limit)))
            offset = nil
            let reply: ServerReply
            switch try await append(start..<end, to: upload) {
            case .success(let answered):
                loop.answered()
                reply = answered
            case .failure(let broken):
                try await loop.pause(after: RetryPolicy.Failure(broken), ClientError(broken, server: client.server))
                continue
            }
            switch reply.meaning(of: .append(isLast: end == size), upload.version) {
            case .complete: return .complete(reply, upload)
            case .continues(let stated): offset = end == size ? nil : stated ?? end
            case .contentRefused: throw ClientError.contentChanged(file.path)
            case .lost: return .lost(reply.failure(now: client.timer.now()).error)
            // Another client may be writing. The delay gives it time, and keeps two from superseding each other without an end.
            case .outOfStep: try await loop.pause(after: .network, reply.failure(now: client.timer.now()).error)
            case .failed:
                let (failure, error) = reply.failure(now: client.timer.now())
                if reply.status == .contentTooLarge, reply.isOfProxy || limit?.maxAppendSize != nil {
                    try await shrink(from: end - start, limit)
                } else {
                    try await loop.pause(after: failure, error)
                }
            }
        }
    }

    private func status(of upload: Located) async throws -> Status {
        let request = TransportRequest(.head, upload.path, fields: InteropVersion.fields(of: upload.version))
        do {
            return try await client.perform {
                request
            } read: { response in
                guard let state = ResumableState(response.fields, upload.version) else {
                    throw ClientError.badAnswer("has no offset of the upload")
                }
                if state.isComplete { return .complete }
                return .incomplete(state, response.fields[ResumableField.uploadLimit].flatMap { UploadLimit($0) })
            }
        } catch let error as ClientError where [404, 410].contains(error.problem?.status) {
            return .lost(error)
        }
    }

    private func append(
        _ range: Range<UInt64>, to upload: Located
    ) async throws -> Result<ServerReply, TransportError> {
        // The length is known from the creation; a server may refuse it another time (tusd).
        let append = ResumableAppend(
            version: upload.version, offset: range.lowerBound, end: .stated(isLast: range.upperBound == size),
            length: nil)
        var request = TransportRequest(.patch, upload.path, fields: append.fields)
        request.body = range.isEmpty ? .none : body(from: range.lowerBound, to: range.upperBound)
        request.onInterim = { fields in
            guard let interim = ResumableInterim(fields, requested: upload.version), let offset = interim.offset else {
                return
            }
            meter.acknowledge(upTo: offset, of: 0)
        }
        return try await client.exchange(request)
    }

    /// The final response, whose first sending was lost. Only Wharf keeps it.
    private func replayed(_ upload: Located) async throws -> ServerReply? {
        guard target.isWharf else { return nil }
        let request = TransportRequest(.get, upload.path, fields: InteropVersion.fields(of: upload.version))
        return try await client.perform {
            request
        } read: { response in
            try await ServerReply(response)
        }
    }

    func body(from start: UInt64, to end: UInt64) -> TransportRequest.Body {
        meter.start(0)
        return .stream(
            FileSlice(file: file, range: start..<end) { meter.sent($0, of: 0) }, length: end - start)
    }

    // MARK: - Sizes of requests

    func requestBytesMax(_ limit: UploadLimit?) -> UInt64 {
        max(1, min(limit?.maxAppendSize ?? .max, client.passableChunks.clamped(options.chunkSize) ?? .max))
    }

    /// A proxy refuses requests of this size, or the server more than it has said: smaller ones from now on.
    func shrink(from bytes: UInt64, _ limit: UploadLimit?) async throws {
        guard bytes > FileUpload.shrunkChunkSizeMin else { throw ClientError.refusedChunk(of: bytes) }
        let half = max(bytes / 2, FileUpload.shrunkChunkSizeMin)
        let smaller = min(limit?.maxAppendSize ?? .max, half, Self.shrunkBytesMax)
        client.passableChunks.lower(to: smaller)
        await onEvent(.shrunkChunks(to: smaller))
    }

    /// Of a file that is refused as a whole, requests of this size are tried first. Common limits of proxies are above it.
    private static let shrunkBytesMax: UInt64 = 64 << 20
}

extension UInt64 {
    fileprivate func saturatingSum(_ other: UInt64) -> UInt64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
