import HTTPTypes
import HummingbirdCore
import NIOCore
import SessionCore
import TusWire
import UploadCore

/// `PATCH`.
extension TusAPI {
    func append(_ call: AuthenticatedRequest) async throws -> Response {
        let request = try TusPatch(call.fields)
        let record = try await known(call)
        guard record.parts.isEmpty else { throw TusRefusal.finalUpload }
        switch record.session.meta.status {
        case .pending: return try await append(request, to: record.id, call)
        case .committed: return try await repeatLast(request, record, call)
        case .aborted, .expired: throw UploadError(ended: record.session.meta.status)
        }
    }

    /// A newer request takes over from one that is still open: what that one wrote counts, what comes later is dropped.
    private func append(_ request: TusPatch, to id: SessionId, _ call: AuthenticatedRequest) async throws -> Response {
        let writer = try await uploads.openAppend(
            id, at: request.offset, isAllOrNothing: request.checksum != .none, by: call.principal)
        let length: UInt64?
        do {
            // Only now is the offset known to be right, and only a request whose offset is right may change anything.
            length = try await self.length(for: request, of: id, call)
        } catch {
            await writer.cancel()
            throw error
        }
        let offset = try await receive(call, into: writer, request.checksum, from: request.offset, upTo: length)
        var record = try await known(call)
        // A request that came after this one may have brought more; its bytes are not this one's to tell.
        if offset == record.session.spec.expectedBytes { record = try await finished(record, call) }
        var state = state(of: record)
        state.offset = offset
        return .bodiless(.noContent, state.progressFields)
    }

    /// The length of the upload, which the request may declare; nil while it is unknown.
    ///
    /// - Throws: 400 if it declares another one; 413 if its body would exceed it.
    private func length(for request: TusPatch, of id: SessionId, _ call: AuthenticatedRequest) async throws -> UInt64? {
        var record = try await known(call)
        if let length = request.length {
            guard record.session.spec.expectedBytes ?? length == length, length >= request.offset else {
                throw TusRefusal.invalidField(TusField.uploadLength, "contradicts what is known of the upload")
            }
            record = try await uploads.declareLength(of: id, length, by: call.principal)
        }
        guard let length = record.session.spec.expectedBytes else { return nil }
        if let announced = try call.contentLength(), announced > length - min(length, request.offset) {
            throw TusRefusal.exceedsLength(length)
        }
        return length
    }

    /// An upload that is committed takes no more bytes. The request that ended it may come again without any, if its answer
    /// was lost.
    private func repeatLast(_ request: TusPatch, _ record: UploadRecord, _ call: AuthenticatedRequest) async throws
        -> Response
    {
        let size = record.session.spec.expectedBytes ?? 0
        guard request.offset == size else { throw TusRefusal.offsetMismatch(expected: size, actual: request.offset) }
        guard request.length ?? size == size else {
            throw TusRefusal.invalidField(TusField.uploadLength, "contradicts what is known of the upload")
        }
        guard try call.contentLength() ?? 0 == 0 else { throw TusRefusal.exceedsLength(size) }
        for try await buffer in call.request.body where buffer.readableBytes > 0 {
            throw TusRefusal.exceedsLength(size)
        }
        return .bodiless(.noContent, state(of: record).progressFields)
    }
}
