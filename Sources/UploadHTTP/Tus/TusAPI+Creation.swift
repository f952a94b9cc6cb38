import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import NativeWire
import SessionCore
import TusWire
import UploadCore

/// `POST`.
extension TusAPI {
    func create(_ call: AuthenticatedRequest) async throws -> Response {
        let hasBody = call.request.head.announcesBody
        let creation = try TusCreation(call.fields, hasBody: hasBody)
        let contentLength = try call.contentLength()
        if let length = creation.length {
            try Limits.require(length, atMost: uploads.limits.uploadBytesMax, .uploadBytes)
            if let contentLength, contentLength > length { throw TusRefusal.exceedsLength(length) }
        }
        var request = try await beginRequest(creation, call)
        if case .final(let references) = creation.concat {
            return try await concatenate(&request, references, call)
        }
        let isWhole = creation.length == 0 || hasBody && contentLength == creation.length
        if isWhole, let length = creation.length, length <= uploads.limits.catalogueBytesMax {
            return try await createWhole(request, creation.checksum, call)
        }
        return try await create(request, creation.checksum, hasBody: hasBody, call)
    }

    /// Begins an upload, and takes the bytes that come along.
    private func create(
        _ request: BeginRequest, _ checksum: ExpectedChecksum, hasBody: Bool, _ call: AuthenticatedRequest
    ) async throws -> Response {
        let began = try await uploads.beginUpload(request, by: call.principal)
        var record = began.record
        if case .replayed = began { record = try await uploads.quiescedStatus(of: record.id, by: call.principal) }
        let isEmpty = record.session.meta.status.isPending && record.session.offset == 0
        do {
            // Bytes of a repeated request of which some are there already are not asked for again: the answer says from
            // where to go on.
            if hasBody, isEmpty {
                let writer = try await uploads.openAppend(
                    record.id, at: 0, isAllOrNothing: checksum != .none, by: call.principal)
                _ = try await receive(call, into: writer, checksum, from: 0, upTo: request.length)
                record = try await uploads.status(of: record.id, by: call.principal)
            }
            return created(try await finished(record, call), call)
        } catch {
            // Its URL was never told, so nobody can go on with it, unless the request is repeated under its key.
            if request.idempotencyKey == nil { try? await uploads.abort(record.id, by: call.principal) }
            throw error
        }
    }

    /// A small upload that is here as a whole, or has no bytes at all, takes one transaction and no file.
    private func createWhole(
        _ request: BeginRequest, _ checksum: ExpectedChecksum, _ call: AuthenticatedRequest
    ) async throws -> Response {
        // Who may not write here is told before the body is asked for.
        try await uploads.capsule(request.capsule, by: call.principal).require(.writer, of: call.principal)
        let length = request.length ?? 0
        var body = BodyReader(call.request.body)
        guard let bytes = try await body.collectWhole(atMost: Int(length)) else {
            throw TusRefusal.exceedsLength(length)
        }
        let computed = RunningChecksum(checksum.algorithms)
        bytes.withUnsafeBytes { computed.update($0) }
        try checksum.require(computed, trailers: call.requestChannel.trailers)
        let began = try await uploads.putWhole(request, bytes, by: call.principal)
        metrics.bytesAcknowledged(UInt64(bytes.count))
        return created(began.record, call)
    }

    private func beginRequest(_ creation: TusCreation, _ call: AuthenticatedRequest) async throws -> BeginRequest {
        let metadata = creation.metadata
        return BeginRequest(
            capsule: try await capsule(metadata, call),
            asset: AssetMetadata(
                name: metadata.fileName ?? "", contentType: metadata.fileType ?? MediaType.octetStream.text,
                opaque: KeptFields(metadata: metadata, concat: creation.concat).opaque),
            layout: .append, length: creation.length, idempotencyKey: try call.idempotencyKey(),
            isPartial: creation.concat == .partial, derivation: try metadata.derivation())
    }

    /// By path, by metadata, by configuration, or the caller's own.
    private func capsule(_ metadata: UploadMetadata, _ call: AuthenticatedRequest) async throws(UploadError)
        -> CapsuleId
    {
        if let text = call.parameters.get("capsule") ?? metadata.capsule {
            return try AuthenticatedRequest.capsuleId(text)
        }
        if let capsule = configuration.capsule { return capsule }
        return try await uploads.defaultCapsuleId(of: call.principal)
    }

    func created(_ record: UploadRecord, _ call: AuthenticatedRequest) -> Response {
        var fields = state(of: record).progressFields
        fields[.location] = location(of: record.id, call)
        fields[.contentLength] = "0"
        return Response(status: .created, headers: fields)
    }

    /// The URL of an upload as the client can reach it. It is absolute where that is known, since some clients cannot take any
    /// other; a client that came through a proxy of which nothing is believed completes a path rightly.
    private func location(of id: SessionId, _ call: AuthenticatedRequest) -> String {
        let capsule = call.parameters.get("capsule").map { "/capsules/\($0)" } ?? ""
        let path = "\(capsule)\(self.path)/\(id.text)"
        if let origin = configuration.publicOrigin { return origin + path }
        let authority = call.request.head.authority
        if !configuration.trustedProxies.isEmpty, let peer = call.requestChannel.peerAddress,
            configuration.trustedProxies.contains(where: { $0.contains(peer) })
        {
            return ForwardedOrigin(call.fields).url(path, authority: authority)
        }
        // No client of tus speaks HTTP/1.0; proxies do.
        let isDirect = !call.requestChannel.isHTTP10 && !ForwardedOrigin.isMentioned(in: call.fields)
        return isDirect ? ForwardedOrigin.direct.url(path, authority: authority) : path
    }
}
