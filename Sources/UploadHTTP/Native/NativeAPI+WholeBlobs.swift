import HTTPTypes
import HummingbirdCore
import NIOCore
import NIOPosix
import NativeWire
import SessionCore
import UploadCore

/// `POST /v1/blobs`: a whole upload in one request.
extension NativeAPI {
    func putBlob(_ call: AuthenticatedRequest) async throws -> Response {
        var request = BeginRequest(
            capsule: try await capsule(named: call.query("capsule"), of: call),
            asset: AssetMetadata(name: call.query("name") ?? "", contentType: try contentType(call)),
            length: try call.contentLength(), expectedDigest: try call.contentDigest(),
            idempotencyKey: try call.idempotencyKey(), derivation: try RecipeChoice(derive: call.query("derive")))
        let smallMax = uploads.limits.catalogueBytesMax
        var body = BodyReader(call.request.body)
        if request.length.map({ $0 <= smallMax }) ?? true {
            // Who may not write here and asks first is told before the body is sent; others when they have sent it.
            if call.fields[.expect] != nil {
                try await uploads.capsule(request.capsule, by: call.principal).require(.writer, of: call.principal)
            }
            if let bytes = try await body.collectWhole(atMost: Int(smallMax)) {
                let began = try await uploads.putWhole(request, bytes, by: call.principal)
                return try answer(began, byteCount: UInt64(bytes.count))
            }
        }
        request.layout = .chunks(size: chunkSize(for: request.length))
        return try await putLarge(request, &body, by: call.principal)
    }

    /// Chunks as large as makes their syncs rare: nobody is told of them one by one.
    private func chunkSize(for length: UInt64?) -> UInt64 {
        let limits = uploads.limits
        let least = max(limits.chunkSizeMin, (length ?? 0) / max(1, limits.chunksMax) + 1)
        return min(limits.chunkSizeMax, max(limits.checkpointBytes, least))
    }

    private func putLarge(
        _ request: BeginRequest, _ body: inout BodyReader, by caller: Principal
    ) async throws -> Response {
        let began = try await uploads.beginUpload(request, by: caller)
        let id = began.record.id
        guard began.record.blob == nil else {
            try await requireSame(began.record, &body)
            return try finished(began.record, status: .ok)
        }
        do {
            let size = try await receive(&body, into: began.record, by: caller)
            let record = try await timingFinish { try await uploads.commit(id, length: size, by: caller) }
            metrics.bytesAcknowledged(size)
            return try finished(record, status: .created)
        } catch {
            // Nobody can go on with it, unless the request is repeated under its key: then its chunks are compared.
            if request.idempotencyKey == nil { try? await uploads.abort(id, by: caller) }
            throw error
        }
    }

    /// - Returns: The size of the whole.
    private func receive(
        _ body: inout BodyReader, into record: UploadRecord, by caller: Principal
    ) async throws -> UInt64 {
        let size = record.session.spec.chunkSize ?? uploads.limits.chunkSizeDefault
        var position: UInt64 = 0
        while try await body.hasMore() {
            let writer = try await uploads.openChunk(record.id, index: position / size, by: caller)
            do {
                let end = position + size
                while position < end, let count = try await body.pass(to: writer, atMost: end - position) {
                    position += count
                }
                try await writer.complete()
            } catch {
                await writer.cancel()
                throw error
            }
        }
        return position
    }

    /// Holds the body of a repeated request to what the first one committed.
    private func requireSame(_ record: UploadRecord, _ body: inout BodyReader) async throws {
        let hash = RunningHash()
        while let buffer = try await body.next() {
            // Hashing is nothing for an event loop.
            try await NIOThreadPool.singleton.runIfActive { buffer.withUnsafeReadableBytes { hash.update($0) } }
        }
        guard case .whole(hash.digest)? = record.digest else { throw UploadError(.idempotencyConflict) }
    }

    private func answer(_ began: Began, byteCount: UInt64) throws -> Response {
        metrics.bytesAcknowledged(byteCount)
        let isNew = if case .created = began { true } else { false }
        return try finished(began.record, status: isNew ? .created : .ok)
    }

    /// What the query or the header says; what a form or a plain `curl` says of its own accord is no type of a file.
    private func contentType(_ call: AuthenticatedRequest) throws(UploadError) -> String {
        if let type = call.query("type"), !type.isEmpty { return try MediaType(type).text }
        let field = call.fields[.contentType] ?? ""
        if field.isEmpty || field.lowercased().hasPrefix("application/x-www-form-urlencoded") {
            return MediaType.octetStream.text
        }
        return try MediaType(field, argument: "Content-Type").text
    }
}
