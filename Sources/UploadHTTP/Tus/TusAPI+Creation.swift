import HTTPTypes
import HTTPWire
import HummingbirdCore
import NativeWire
import SessionCore
import TusWire
import UploadCore
import UploadDerivation
import UploadTransfer

/// `POST`.
extension TusAPI {
    func create(_ request: AuthenticatedRequest) async throws -> Response {
        let (creation, hasBody) = try await creation(of: request)
        let announced = try request.contentLength()
        if let length = creation.length {
            try Limits.require(length, atMost: uploads.limits.uploadBytesMax, .uploadBytes)
            if let announced, announced > length { throw TransferError.exceedsLength(length) }
        }
        var begin = try await beginRequest(creation, request)
        if case .final(let references) = creation.concat {
            // Without a key in the request the parts and the metadata are the key, so that a repeated request returns
            // the same upload.
            begin.idempotencyKey = begin.idempotencyKey ?? Self.key(for: begin, references.ids)
            return created(try await uploads.concatenate(begin, parts: references.ids, by: request.principal), request)
        }
        let record = try await transfer.receiveInitial(
            request.uploadBody, hasBody: hasBody, begin,
            AppendRequest(
                offset: 0, announcedBytes: announced, checksum: TusBodyChecksum(creation.checksum, request.channel),
                checkEnd: TusBodyChecksum.checkEnd(creation.checksum, request.channel),
                onStop: { [channel = request.channel] in channel.interruptBody() }),
            isIdKnown: begin.idempotencyKey != nil, by: request.principal)
        return created(record, request)
    }

    /// - Returns: The creation, and whether bytes of the upload follow.
    private func creation(of request: AuthenticatedRequest) async throws -> (TusCreation, hasBody: Bool) {
        let announcesBody = request.request.head.announcesBody
        do throws(RequestFailure) {
            return (try TusCreation(request.fields, hasBody: announcesBody), announcesBody)
        } catch {
            // Some clients and proxies announce a body in chunks and send none.
            guard announcesBody, request.fields[.contentLength] == nil, try await request.isBodyEmpty() else {
                throw error
            }
            return (try TusCreation(request.fields, hasBody: false), false)
        }
    }

    private static func key(for request: BeginRequest, _ parts: [SessionId]) -> IdempotencyKey {
        IdempotencyKey(bytes: Array("tus final ".utf8) + request.fingerprint(parts: parts).bytes)
    }

    private func beginRequest(_ creation: TusCreation, _ request: AuthenticatedRequest) async throws -> BeginRequest {
        let metadata = creation.metadata
        return BeginRequest(
            capsule: try await transfer.capsule(metadata, request, configuration),
            asset: AssetMetadata(
                name: metadata.fileName ?? "", contentType: metadata.fileType ?? MediaType.octetStream.text,
                opaque: KeptFields(metadata: metadata, concat: creation.concat).opaque,
                modifiedAt: metadata.modifiedAt),
            layout: .append, length: creation.length, idempotencyKey: try request.idempotencyKey(),
            isPartial: creation.concat == .partial, derivation: try metadata.derivation())
    }

    private func created(_ record: UploadRecord, _ request: AuthenticatedRequest) -> Response {
        var fields = state(of: record).progressFields
        fields[.location] = site.location(of: record.id, at: path, for: request)
        fields[.contentLength] = "0"
        return Response(status: .created, headers: fields)
    }
}
