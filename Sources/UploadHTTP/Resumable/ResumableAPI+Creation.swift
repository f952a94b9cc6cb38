import HTTPTypes
import HTTPWire
import HummingbirdCore
import NativeWire
import ResumableWire
import SessionCore
import TusWire
import UploadCore
import UploadTransfer

/// Upload creation.
extension ResumableAPI {
    func create(_ request: AuthenticatedRequest) async throws -> Response {
        guard var creation = ResumableCreation(request.fields) else {
            throw RequestFailure.invalidStructuredField(ResumableField.uploadComplete, "must be ?0 or ?1")
        }
        guard !MultipartParser.isForm(request.fields[.contentType] ?? "") else { throw RequestFailure.partialForm }
        let content = try contentLength(of: request)
        if creation.length == 0, content == 0, creation.version?.completesEmptyCreation == true {
            creation = ResumableCreation(version: creation.version, isComplete: true, length: 0)
        }
        let length = try length(of: creation, content: content)
        let began = try await uploads.beginUpload(
            try await beginRequest(creation, length: length, request), by: request.principal)
        var record = began.record
        // A repeated request with an idempotency key takes over from the first one.
        if case .replayed = began { record = try await uploads.quiescedStatus(of: record.id, by: request.principal) }
        try record.requireNotEnded()

        let location = site.location(of: record.id, at: path, for: request)
        let interimVersion = site.sendsInterim(to: request) ? creation.version : nil
        if let version = interimVersion {
            let interim = ResumableInterim(version: version, location: location, limit: limit, offset: nil)
            await request.channel.sendInterim(.uploadResumptionSupported, interim.fields)
        }
        do {
            record = try await receive(creation, content: content, into: record, location, request)
        } catch {
            // Without an interim response or a key the client cannot find the upload again.
            if interimVersion == nil, !request.fields.contains(.idempotencyKey) {
                try? await uploads.abort(record.id, by: request.principal)
            }
            var failure = try await failure(of: record.id, error, creation.version, request)
            if !failure.fields.isEmpty { failure.fields[.location] = location }
            throw failure
        }
        return try answer(to: creation, record, location, request)
    }

    /// The bytes of the content; nil if they are not announced.
    private func contentLength(of request: AuthenticatedRequest) throws -> UInt64? {
        request.request.head.announcesBody ? try request.contentLength() : 0
    }

    /// - Returns: nil while the length is unknown.
    /// - Throws: 400 for a contradiction; `too_large`.
    private func length(of creation: ResumableCreation, content: UInt64?) throws -> UInt64? {
        let length = creation.length ?? (creation.isComplete ? content : nil)
        if let length, let content, creation.isComplete ? content != length : content > length {
            throw RequestFailure.inconsistentLength
        }
        let maximum = limit.maxSize ?? .max
        try Limits.require(length ?? content ?? 0, atMost: maximum, .uploadBytes)
        return length
    }

    private func receive(
        _ creation: ResumableCreation, content: UInt64?, into record: UploadRecord, _ location: String,
        _ request: AuthenticatedRequest
    ) async throws -> UploadRecord {
        guard record.session.meta.status.isPending, content != 0 || creation.isComplete else { return record }
        // The bytes that an earlier request with the same key has left are not received again.
        let offset = record.session.offset
        let checksum = try ContentDigestCheck(request.fields)
        let body = ContentBody(bytes: request.uploadBody, skipped: offset) { checksum?.update($0) }
        let append = AppendRequest(
            offset: offset, announcedBytes: content.map { $0 - min($0, offset) }, checksum: checksum,
            completion: .stated(isLast: creation.isComplete),
            onProgress: progress(creation.version, location, startingAt: offset, request),
            onStop: { [channel = request.channel] in channel.interruptBody() })
        return try await transfer.receiveAppend(body, to: record.id, append, by: request.principal).record
    }

    private func answer(
        to creation: ResumableCreation, _ record: UploadRecord, _ location: String, _ request: AuthenticatedRequest
    ) throws -> Response {
        var response: Response
        if record.blob != nil {
            response = try finished(record, creation.version, request)
        } else {
            response = Response(status: .created, headers: state(of: record).fields(for: creation.version ?? .latest))
            response.headers[.contentLength] = "0"
        }
        response.headers[.location] = location
        return response
    }

    // MARK: - The upload

    private func beginRequest(
        _ creation: ResumableCreation, length: UInt64?, _ request: AuthenticatedRequest
    ) async throws -> BeginRequest {
        let metadata = try UploadMetadata(request.fields)
        let isNative = place == .blobs
        let type = try isNative ? request.declaredType() : metadata.fileType ?? request.fields.partType
        let name = [
            isNative ? request.query("name") : nil, metadata.fileName,
            request.fields[.contentDisposition].flatMap { ContentDisposition.fileName(in: $0) },
        ]
        return BeginRequest(
            capsule: isNative
                ? try await transfer.capsule(named: request.query("capsule"), of: request)
                : try await transfer.capsule(metadata, request, configuration),
            asset: AssetMetadata(
                name: name.lazy.compactMap { $0 }.first ?? "",
                // The bytes are kept as they are: those of a file in the format of the coding.
                contentType: request.fields.isGzip ? MediaType.gzip.text : type,
                opaque: KeptChoices(request.fields).opaque(metadata: metadata.text),
                modifiedAt: try isNative ? request.modifiedAt() : metadata.modifiedAt),
            layout: .append, length: length, expectedDigest: try ContentDigest.parse(request.fields, .reprDigest),
            idempotencyKey: try request.idempotencyKey(),
            derivation: try isNative ? request.recipeChoice() : metadata.derivation())
    }
}

extension HTTPFields {
    /// The type of the whole. That of a part is not one, and a malformed one is none.
    fileprivate var partType: String {
        let type = self[.contentType] ?? ""
        if ResumableAppend.isPartialUpload(self) || type.lowercased().hasPrefix(MediaType.urlEncodedForm) {
            return MediaType.octetStream.text
        }
        return MediaType(stored: type).text
    }

    fileprivate var isGzip: Bool { contentCodings.contains { $0 == "gzip" || $0 == "x-gzip" } }
}
