import HTTPTypes
import HTTPWire
import HummingbirdCore
import ResumableWire
import SessionCore
import UploadCore
import UploadTransfer

/// Requests to existing uploads.
extension ResumableAPI {
    /// Offset retrieval, by `HEAD` or `GET`. Stops an append that is in progress, so that the told offset is the one to go on from.
    /// `GET` of a finished upload is its final response again, for a client that has lost it.
    func status(_ request: AuthenticatedRequest) async throws -> Response {
        let record = try requireOwn(
            try await uploads.quiescedStatus(of: try request.uploadId(), by: request.principal), request)
        try record.requireNotEnded()
        let version = InteropVersion(request.fields)
        let fields = state(of: record).statusFields(for: version ?? .latest)
        guard request.request.method == .get, record.blob != nil else { return .bodiless(.noContent, fields) }
        var response = try finished(record, version, request)
        for field in fields { response.headers[field.name] = field.value }
        return response
    }

    /// Takes over from a request that is still open, which is answered at once.
    func append(_ request: AuthenticatedRequest) async throws -> Response {
        let version = InteropVersion(request.fields)
        let record = try requireOwn(
            try await uploads.status(of: try request.uploadId(), by: request.principal), request)
        try record.requireNotEnded()
        do {
            let append = try ResumableAppend(request.fields)
            if record.blob != nil { return try await replay(append, record, request) }
            return try await self.append(append, to: record, request)
        } catch {
            throw try await failure(of: record.id, error, version, request)
        }
    }

    private func append(
        _ append: ResumableAppend, to record: UploadRecord, _ request: AuthenticatedRequest
    ) async throws -> Response {
        let isAnnounced = request.fields[.contentLength] != nil || !request.request.head.announcesBody
        let checksum = try ContentDigestCheck(request.fields)
        let received = AppendRequest(
            offset: append.offset, declaredLength: append.length,
            announcedBytes: isAnnounced ? try request.contentLength() ?? 0 : nil, checksum: checksum,
            completion: append.end.completion,
            onProgress: progress(append.version, nil, startingAt: nil, request),
            onStop: { [channel = request.channel] in channel.interruptBody() })
        let result = try await transfer.receiveAppend(
            request.uploadBody, to: record.id, received, by: request.principal)
        if result.record.blob != nil { return try finished(result.record, append.version, request) }
        var state = state(of: result.record)
        state.offset = result.offset
        let version = append.version ?? .latest
        var response = Response.bodiless(version.appendedStatus, state.fields(for: version))
        if version.appendedStatus.mayHaveBody { response.headers[.contentLength] = "0" }
        return response
    }

    /// A complete upload takes no more bytes. A client that has lost the final response may ask for it without any.
    private func replay(
        _ append: ResumableAppend, _ record: UploadRecord, _ request: AuthenticatedRequest
    ) async throws -> Response {
        let version = append.version ?? .latest
        let size = record.session.spec.expectedBytes
        guard version.replaysCompletion, append.offset == size, append.end != .stated(isLast: false),
            append.length ?? size == size, try await request.isBodyEmpty()
        else { throw RequestFailure.completedUpload(version) }
        return try finished(record, append.version, request)
    }

    /// Ends an upload, finished or not, and frees its bytes.
    func cancel(_ request: AuthenticatedRequest) async throws -> Response {
        let record = try requireOwn(
            try await uploads.status(of: try request.uploadId(), by: request.principal), request)
        try record.requireNotEnded()
        let blob = try await transfer.end(record.id, by: request.principal)
        request.audit.log(blob.map { .blobDeleted($0) } ?? .uploadDeleted(record.id))
        return .noContent
    }

    /// - Throws: `not_found` for another caller's upload, for one outside of the capsule in the path, and for those that are not a
    ///   sequence of bytes: in chunks, or made of others.
    private func requireOwn(_ record: UploadRecord, _ request: AuthenticatedRequest) throws(UploadError) -> UploadRecord
    {
        guard request.isInPath(record.meta.capsule), record.meta.caller == request.principal,
            record.session.spec.layout == .append, record.parts.isEmpty
        else { throw UploadError(.notFound(.upload)) }
        return record
    }
}

extension ResumableAppend.End {
    fileprivate var completion: AppendRequest.Completion {
        switch self {
        case .stated(let isLast): .stated(isLast: isLast)
        case .atLength: .atLength
        }
    }
}
