import HTTPTypes
import HTTPWire
import HummingbirdCore
import ResumableWire
import SessionCore
import TusWire
import UploadCore
import UploadTransfer

/// `PATCH`, `HEAD`, `GET`, `DELETE` and `OPTIONS` of existing uploads.
extension TusAPI {
    /// Takes over from a request that is still open, which is answered at once.
    func append(_ request: AuthenticatedRequest) async throws -> Response {
        let record = try await status(of: request)
        do {
            return try await append(try TusPatch(request.fields), to: record, request)
        } catch TransferError.stopped(let reason) where reason.code == .gone {
            throw TransferError.stopped(reason)
        } catch {
            // Clients learn from every response until when they can go on.
            throw FieldedError(cause: error, fields: state(of: record).expiryFields)
        }
    }

    private func append(
        _ patch: TusPatch, to record: UploadRecord, _ request: AuthenticatedRequest
    ) async throws -> Response {
        guard record.parts.isEmpty else { throw RequestFailure.finalUpload }
        switch record.session.meta.status {
        case .aborted, .expired: throw UploadError(ended: record.session.meta.status)
        case .committed: return try await repeatLast(patch, record, request)
        case .pending:
            let append = AppendRequest(
                offset: patch.offset, declaredLength: patch.length, announcedBytes: try request.contentLength(),
                checksum: TusBodyChecksum(patch.checksum, request.channel),
                checkEnd: TusBodyChecksum.checkEnd(patch.checksum, request.channel),
                onStop: { [channel = request.channel] in channel.interruptBody() })
            let result: AppendResult
            do {
                result = try await transfer.receiveAppend(
                    request.uploadBody, to: record.id, append, by: request.principal)
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
        guard try await request.isBodyEmpty() else { throw TransferError.exceedsLength(size) }
        return .bodiless(.noContent, state(of: record).progressFields)
    }

    func options() -> Response {
        var response = Response.bodiless(.noContent, Tus.capabilities(sizeMax: uploads.limits.uploadBytesMax))
        // Clients of the other protocol of this path ask without their version, too.
        response.headers[ResumableField.uploadLimit] = UploadLimit(uploads.limits).text(for: .latest)
        response.headers[ResumableField.acceptPatch] = "\(Tus.contentType), \(ResumableUploads.partialUploadType)"
        return response
    }

    /// The offset to continue from. Ends a request that is open and silent, since its client has probably lost the
    /// connection; one whose bytes are arriving goes on.
    func head(_ request: AuthenticatedRequest) async throws -> Response {
        let id = try request.uploadId()
        var record: UploadRecord
        do {
            record = try requireOwn(try await uploads.resumableStatus(of: id, by: request.principal), request)
        } catch {
            // As `GET`, which has the bytes for all callers with read access.
            guard request.principal.link == nil,
                let download = try? await downloads.respond(with: BlobId(id), to: request)
            else { throw error }
            return Self.head(of: download)
        }
        try record.requireNotEnded()
        record = try await finishIfComplete(record, request)
        var state = state(of: record)
        if state.length == nil, !record.parts.isEmpty {
            state.length = try await uploads.partsStatus(of: record).length
        }
        var fields = state.headFields
        fields[.contentLength] = "0"
        guard record.blob != nil, !record.meta.isPartial else { return Response(status: .ok, headers: fields) }
        let download: Response
        do {
            download = Self.head(of: try await downloads.respond(with: BlobId(id), to: request))
        } catch let error as UploadError where error.code == .notFound || error.code == .forbidden {
            // The bearer of a link may ask for the offset, and not read.
            return Response(status: .ok, headers: fields)
        }
        guard download.status == .ok else { return download }
        // Those of `GET` (RFC 9110, section 9.3.2), and those of the protocol.
        fields[.contentLength] = nil
        for field in download.headers where !fields.contains(field.name) { fields[field.name] = field.value }
        return Response(status: .ok, headers: fields)
    }

    /// An upload of the other protocol of this path is complete only once its client says so.
    private func finishIfComplete(_ record: UploadRecord, _ request: AuthenticatedRequest) async throws -> UploadRecord
    {
        guard KeptChoices(opaque: record.meta.asset.opaque) == nil else { return record }
        return try await transfer.finishIfComplete(record, by: request.principal)
    }

    /// The header of a download, with the offset of an upload that has all its bytes.
    private static func head(of download: Response) -> Response {
        var fields = download.headers
        if download.status == .ok {
            fields[TusField.uploadOffset] = fields[.contentLength]
            fields[TusField.uploadLength] = fields[.contentLength]
        }
        return Response(status: download.status, headers: fields)
    }

    /// The bytes of a finished upload, for all callers with read access to its capsule.
    func download(_ request: AuthenticatedRequest) async throws -> Response {
        let id = BlobId(try request.uploadId())
        do {
            return try await downloads.respond(with: id, to: request)
        } catch let error as UploadError where error.code == .notFound {
            let record = try await status(of: request)
            try record.requireNotEnded()
            let finished = try await finishIfComplete(record, request)
            guard finished.blob != nil, !record.meta.isPartial else { throw error }
            return try await downloads.respond(with: id, to: request)
        }
    }

    /// Ends an upload, finished or not, and frees its bytes.
    func terminate(_ request: AuthenticatedRequest) async throws -> Response {
        let record = try await status(of: request)
        try record.requireNotEnded()
        let blob = try await transfer.end(record.id, by: request.principal)
        request.audit.log(blob.map { .blobDeleted($0) } ?? .uploadDeleted(record.id))
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

    /// Refuses a checksum in a trailer that was not announced: it was not computed, and its client relies on it.
    ///
    /// - Returns: nil for a request with a checksum.
    static func checkEnd(
        _ expected: ExpectedChecksum, _ channel: any RequestChannel
    ) -> (@Sendable () throws -> Void)? {
        guard expected == .none else { return nil }
        return { try ExpectedChecksum.requireNone(in: channel.trailers) }
    }

    func update(_ bytes: UnsafeRawBufferPointer) { computed.update(bytes) }

    func verify() throws { try expected.require(computed, trailers: channel.trailers) }
}
