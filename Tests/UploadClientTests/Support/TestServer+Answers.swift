import HTTPTypes
import HTTPWire
import NativeWire
import NIOCore
import SessionCore
import Synchronization
import UploadClient
import UploadCore
import UploadMemories

/// An upload on the server.
struct ServerUpload: Sendable {
    var document: UploadDocument
    var key: String?
    var request: NewUploadDocument
    var chunks: [UInt64: [UInt8]] = [:]
    /// The acknowledged chunks.
    var acknowledged: Set<UInt64> = []
    var finished: FinishedDocument?

    var bytes: [UInt8] { chunks.keys.sorted().flatMap { chunks[$0] ?? [] } }

    var current: UploadDocument {
        var document = document
        document.receivedBytes = UInt64(chunks.values.reduce(0) { $0 + $1.count })
        document.received = chunks.keys.sorted().map { [$0, $0] }
        let end = document.chunkCount ?? (chunks.keys.max().map { $0 + 1 } ?? 0)
        document.missing = (0..<end).filter { chunks[$0] == nil }.map { [$0, $0] }
        return document
    }
}

extension TestServer {
    func answer(
        _ call: Call, _ request: TransportRequest, _ body: [UInt8], isAnswerLost: Bool
    ) -> TransportResponse {
        state.withLock { state in
            do throws(UploadError) {
                let parts = call.path.prefix { $0 != "?" }.split(separator: "/").map(String.init)
                if let answer = try answer(files: call, parts, request, body, &state) { return answer }
                switch (call.method, parts.dropFirst().first, parts.count) {
                case (.post, "uploads", 2): return try begin(request, body, &state)
                case (.get, "uploads", 3): return try Self.response(.ok, upload(parts[2], state).current)
                case (.delete, "uploads", 3): return try abort(parts[2], &state)
                case (.put, "uploads", 5):
                    let index = UInt64(parts[4]) ?? .max
                    return try put(parts[2], index, request, body, &state, isAnswerLost: isAnswerLost)
                case (.post, "uploads", 4): return try finish(parts[2], body, &state)
                case (.get, "blobs", 4): return try Self.response(.ok, blob(parts[2], state).document)
                case (.get, "blobs", 3):
                    let bytes = try blob(parts[2], state).bytes
                    guard request.followsRedirect, let other = state.redirected else {
                        return try read(bytes, request.fields)
                    }
                    var response = Self.response(.ok, other)
                    response.isRedirected = true
                    return response
                default: return try answer(memories: call, parts, request, body, &state)
                }
            } catch {
                return Self.response(Problem(error))
            }
        }
    }

    private func upload(_ id: String, _ state: State) throws(UploadError) -> ServerUpload {
        guard let upload = state.uploads[id] else { throw UploadError(.notFound(.upload)) }
        return upload
    }

    private func blob(_ id: String, _ state: State) throws(UploadError) -> (document: BlobDocument, bytes: [UInt8]) {
        guard let blob = state.blobs[id] else { throw UploadError(.notFound(.blob)) }
        return blob
    }

    private func begin(
        _ request: TransportRequest, _ body: [UInt8], _ state: inout State
    ) throws(UploadError) -> TransportResponse {
        let new = try NativeJSON.decode(NewUploadDocument.self, from: body)
        let key = request.fields[.idempotencyKey]
        if let key, let found = state.uploads.values.first(where: { $0.key == key }) {
            guard found.request == new else { throw UploadError(.idempotencyConflict) }
            return Self.response(.ok, found.current)
        }
        let size = new.chunkSize ?? chunkSize
        let id = "upload-\(state.uploads.count + 1)"
        let time = WireTime(Timestamp(milliseconds: 0))
        let document = UploadDocument(
            id: id, state: .pending, capsule: new.capsule ?? "default", owner: "local", name: new.name,
            type: new.type ?? "application/octet-stream", length: new.length, chunkSize: size,
            chunkCount: new.length.map { $0 / size + ($0 % size == 0 ? 0 : 1) }, receivedBytes: 0, received: [],
            missing: [], createdAt: time, expiresAt: time, blob: nil, sha256: nil)
        state.uploads[id] = ServerUpload(document: document, key: key, request: new)
        return Self.response(.created, state.uploads[id]?.current)
    }

    private func put(
        _ id: String, _ index: UInt64, _ request: TransportRequest, _ body: [UInt8], _ state: inout State,
        isAnswerLost: Bool
    ) throws(UploadError) -> TransportResponse {
        var upload = try upload(id, state)
        if upload.document.state == .committed { throw UploadError(.committed) }
        guard upload.document.state == .pending else {
            throw UploadError(.gone(.aborted(at: Timestamp(milliseconds: 0))))
        }
        if upload.acknowledged.contains(index) { state.repeats.append("\(id)/\(index)") }
        guard let digest = try ContentDigest.parse(request.fields) else {
            throw UploadError(.invalidArgument("content-digest", "is missing"))
        }
        guard digest == Digest(of: body) else {
            throw UploadError(.checksumMismatch(expected: digest.hex, actual: Digest(of: body).hex))
        }
        let size = upload.document.chunkSize ?? 0
        if let length = upload.document.length {
            let expected = min(size, length - min(length, index * size))
            guard expected == body.count else {
                throw UploadError(.sizeMismatch(expected: expected, actual: UInt64(body.count)))
            }
        }
        if let stored = upload.chunks[index], stored != body { throw UploadError(.chunkConflict(index: index)) }
        upload.chunks[index] = body
        if !isAnswerLost { upload.acknowledged.insert(index) }
        state.uploads[id] = upload
        return Self.response(.noContent)
    }

    private func finish(_ id: String, _ body: [UInt8], _ state: inout State) throws(UploadError) -> TransportResponse {
        var upload = try upload(id, state)
        if let finished = upload.finished { return Self.response(.ok, finished) }
        guard upload.document.state == .pending else {
            throw UploadError(.gone(.aborted(at: Timestamp(milliseconds: 0))))
        }
        let finish = try NativeJSON.decode(FinishDocument.self, from: body)
        let missing = upload.current.missing.map { $0[0]...$0[1] }
        guard missing.isEmpty else { throw UploadError(.incomplete(missing: missing, bytes: nil)) }
        let bytes = upload.bytes
        let length = finish.length ?? upload.document.length ?? 0
        guard length == bytes.count else {
            throw UploadError(.sizeMismatch(expected: length, actual: UInt64(bytes.count)))
        }
        let digest = Digest(of: bytes).hex
        if let expected = finish.sha256, expected != digest {
            throw UploadError(.checksumMismatch(expected: expected, actual: digest))
        }
        let finished = FinishedDocument(
            upload: id, blob: "blob-\(id)", size: length, sha256: digest, name: upload.document.name,
            type: upload.document.type, createdAt: upload.document.createdAt)
        upload.finished = finished
        upload.document.state = .committed
        state.uploads[id] = upload
        state.blobs[finished.blob] = (
            BlobDocument(
                blob: finished.blob, capsule: upload.document.capsule, size: length, sha256: digest,
                name: finished.name, type: finished.type, chunkSize: upload.document.chunkSize, chunkCount: nil,
                createdAt: finished.createdAt), bytes
        )
        return Self.response(.ok, finished)
    }

    private func abort(_ id: String, _ state: inout State) throws(UploadError) -> TransportResponse {
        var upload = try upload(id, state)
        if upload.document.state == .committed { throw UploadError(.committed) }
        upload.document.state = .aborted
        upload.chunks = [:]
        state.uploads[id] = upload
        return Self.response(.noContent)
    }

    func read(_ bytes: [UInt8], _ fields: HTTPFields) throws(UploadError) -> TransportResponse {
        let size = UInt64(bytes.count)
        let tag = EntityTag(opaque: "sha256-\(Digest(of: bytes).hex)").text
        guard let range = fields[.range], fields[.ifRange] == tag, range.hasPrefix("bytes="),
            let start = UInt64(range.dropFirst(6).dropLast()), start < size
        else { return Self.response(.ok, bytes, [.eTag: tag]) }
        return Self.response(
            .partialContent, Array(bytes[Int(start)...]),
            [.eTag: tag, .contentRange: ContentRange(start..<size, of: size).text])
    }
}

// MARK: - Bodies

extension TestServer {
    static func response(_ problem: Problem) -> TransportResponse {
        response(problem.status, problem.encoded(), [.contentType: Problem.contentType])
    }

    static func response(
        _ status: HTTPResponse.Status, _ body: [UInt8] = [], _ fields: HTTPFields = [:]
    ) -> TransportResponse {
        TransportResponse(status: status, fields: fields, body: pieces(body, error: nil))
    }

    static func response(_ status: HTTPResponse.Status, _ document: some Encodable) -> TransportResponse {
        response(status, (try? NativeJSON.encode(document)) ?? [], [.contentType: "application/json"])
    }

    static func cut(_ response: TransportResponse, after count: Int) async throws -> TransportResponse {
        var response = response
        let bytes = try await collected(response.body)
        response.body = pieces(Array(bytes.prefix(count)), error: TransportError(reason: "connection reset"))
        return response
    }

    static func collected(_ body: TransportRequest.Body) async throws -> [UInt8] {
        switch body {
        case .none: []
        case .bytes(let buffer): Array(buffer.readableBytesView)
        case .stream(let pieces, _): try await collected(pieces)
        }
    }

    private static func collected(_ pieces: TransportRequest.Pieces) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await piece in pieces { bytes += piece.readableBytesView }
        return bytes
    }

    /// In pieces of at most 700 bytes, and then the error.
    private static func pieces(_ bytes: [UInt8], error: (any Error)?) -> TransportRequest.Pieces {
        AsyncThrowingStream<ByteBuffer, any Error> { continuation in
            for start in stride(from: 0, to: bytes.count, by: 700) {
                continuation.yield(ByteBuffer(bytes: bytes[start..<min(start + 700, bytes.count)]))
            }
            continuation.finish(throwing: error)
        }
    }
}
