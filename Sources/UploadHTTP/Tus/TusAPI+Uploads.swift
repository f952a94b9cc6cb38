import HTTPTypes
import HTTPWire
import HummingbirdCore
import SessionCore
import TusWire
import UploadCore
import UploadTransfer

/// `PATCH`, `HEAD`, `GET`, `DELETE` and `OPTIONS` of existing uploads.
extension TusAPI {
    /// Supersedes a request that is still open: its written bytes count, its later ones are dropped.
    func append(_ request: AuthenticatedRequest) async throws -> Response {
        let patch = try TusPatch(request.fields)
        let record = try await status(of: request)
        guard record.parts.isEmpty else { throw RequestFailure.finalUpload }
        switch record.session.meta.status {
        case .aborted, .expired: throw UploadError(ended: record.session.meta.status)
        case .committed: return try await repeatLast(patch, record, request)
        case .pending:
            let append = AppendRequest(
                offset: patch.offset, declaredLength: patch.length, announcedBytes: try request.contentLength(),
                checksum: TusBodyChecksum(patch.checksum, request.channel))
            let result: AppendResult
            do {
                result = try await transfer.receiveAppend(
                    request.request.body, to: record.id, append, by: request.principal)
            } catch BodyError.shuttingDown {
                throw try await shuttingDown(request)
            }
            var state = state(of: result.record)
            state.offset = result.offset
            return .bodiless(.noContent, state.progressFields)
        }
    }

    /// The response to a body that the shutdown of the server has ended, with the durable offset.
    private func shuttingDown(_ request: AuthenticatedRequest) async throws -> RequestFailure {
        var failure = RequestFailure.shuttingDown
        failure.fields[TusField.uploadOffset] = state(of: try await status(of: request)).offset.map { String($0) }
        return failure
    }

    /// A committed upload takes no more bytes. If the response to the last request was lost, it may be repeated without
    /// a body.
    private func repeatLast(
        _ patch: TusPatch, _ record: UploadRecord, _ request: AuthenticatedRequest
    ) async throws -> Response {
        let size = record.session.spec.expectedBytes ?? 0
        guard patch.offset == size else {
            throw RequestFailure.offsetMismatch(expected: size, actual: patch.offset)
        }
        guard patch.length ?? size == size else { throw TransferError.contradictsLength }
        guard try request.contentLength() ?? 0 == 0 else { throw TransferError.exceedsLength(size) }
        for try await buffer in request.request.body where buffer.count > 0 {
            throw TransferError.exceedsLength(size)
        }
        return .bodiless(.noContent, state(of: record).progressFields)
    }

    func options() -> Response {
        .bodiless(.noContent, Tus.capabilities(sizeMax: uploads.limits.uploadBytesMax))
    }

    /// The offset to continue from. Ends a request that is still sending bytes, since a client that asks has lost its
    /// connection.
    func head(_ request: AuthenticatedRequest) async throws -> Response {
        let quiesced = try await uploads.quiescedStatus(of: try request.uploadId(), by: request.principal)
        var record = try requireOwn(quiesced, request)
        try requireNotEnded(record)
        record = try await transfer.finishIfComplete(record, by: request.principal)
        var state = state(of: record)
        if state.length == nil, !record.parts.isEmpty {
            state.length = try await uploads.partsStatus(of: record).length
        }
        var fields = state.headFields
        // The length of the download; only a finished upload has one.
        fields[.contentLength] = record.blob != nil && !record.meta.isPartial ? state.length.map { String($0) } : "0"
        return Response(status: .ok, headers: fields)
    }

    /// The bytes of a finished upload, for all callers with read access to its capsule.
    func download(_ request: AuthenticatedRequest) async throws -> Response {
        let id = BlobId(try request.uploadId())
        do {
            return try await downloads.respond(with: id, to: request)
        } catch let error as UploadError where error.code == .notFound {
            let record = try await status(of: request)
            try requireNotEnded(record)
            let finished = try await transfer.finishIfComplete(record, by: request.principal)
            guard finished.blob != nil, !record.meta.isPartial else { throw error }
            return try await downloads.respond(with: id, to: request)
        }
    }

    /// Ends an upload, finished or not, and frees its bytes.
    func terminate(_ request: AuthenticatedRequest) async throws -> Response {
        let record = try await status(of: request)
        try requireNotEnded(record)
        do throws(UploadError) {
            try await uploads.abort(record.id, by: request.principal)
            request.audit.log(.uploadDeleted(record.id))
        } catch {
            guard error.code == .committed else { throw error }
            try await uploads.deleteBlob(BlobId(record.id), by: request.principal)
            request.audit.log(.blobDeleted(BlobId(record.id)))
        }
        return .noContent
    }
}

/// The checksum of a body, sent with the header or in a trailer.
struct TusBodyChecksum: BodyChecksum {
    private let expected: ExpectedChecksum
    private let computed: RunningChecksum
    private let channel: any RequestChannel

    /// - Returns: nil if the request has no checksum.
    init?(_ expected: ExpectedChecksum, _ channel: any RequestChannel) {
        if expected == .none { return nil }
        self.expected = expected
        computed = RunningChecksum(expected.algorithms)
        self.channel = channel
    }

    func update(_ bytes: UnsafeRawBufferPointer) { computed.update(bytes) }

    func verify() throws { try expected.require(computed, trailers: channel.trailers) }
}
