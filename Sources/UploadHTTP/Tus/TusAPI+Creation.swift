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
            request.request.body, hasBody: hasBody, begin,
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
            capsule: try await capsule(metadata, request),
            asset: AssetMetadata(
                name: metadata.fileName ?? "", contentType: metadata.fileType ?? MediaType.octetStream.text,
                opaque: KeptFields(metadata: metadata, concat: creation.concat).opaque,
                modifiedAt: metadata.modifiedAt),
            layout: .append, length: creation.length, idempotencyKey: try request.idempotencyKey(),
            isPartial: creation.concat == .partial, derivation: metadata.derivation)
    }

    /// The capsule of the path, the metadata or the configuration; otherwise the caller's default one. The configured one is
    /// not for the bearers of links, which have a capsule.
    private func capsule(_ metadata: UploadMetadata, _ request: AuthenticatedRequest) async throws(UploadError)
        -> CapsuleId
    {
        var named = request.principal.link == nil ? configuration.capsule : nil
        if let text = request.parameter("capsule") {
            named = try AuthenticatedRequest.capsuleId(text)
        } else if let capsule = metadata.capsule {
            named = capsule
        }
        return try await transfer.capsule(named, of: request.principal)
    }

    private func created(_ record: UploadRecord, _ request: AuthenticatedRequest) -> Response {
        var fields = state(of: record).progressFields
        fields[.location] = location(of: record.id, request)
        fields[.contentLength] = "0"
        return Response(status: .created, headers: fields)
    }

    /// The URL of an upload for the client: absolute if the origin is known, because some clients cannot resolve a
    /// path; a path behind a proxy that is not trusted.
    private func location(of id: SessionId, _ request: AuthenticatedRequest) -> String {
        let capsule = request.parameter("capsule").map { "/capsules/\($0)" } ?? ""
        let path = "\(request.mountPath)\(capsule)\(self.path)/\(id.text)"
        if let publicURL = site.publicOrigin { return publicURL + path }
        let authority = request.request.head.authority
        if let forwarded = site.forwardedOrigin(of: request.request.head, peer: request.channel.peerAddress) {
            return forwarded.url(path, authority: authority)
        }
        // tus clients use HTTP/1.1; a request of HTTP/1.0 comes from a proxy.
        let isDirect = !request.channel.isHTTP10 && !ForwardedOrigin.isMentioned(in: request.fields)
        return isDirect
            ? ForwardedOrigin(isDirectlySecure: request.channel.isSecure).url(path, authority: authority) : path
    }
}
