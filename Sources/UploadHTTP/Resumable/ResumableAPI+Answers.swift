import HTTPTypes
import HTTPWire
import HummingbirdCore
import NativeWire
import ResumableWire
import SessionCore
import UploadCore
import UploadTransfer

/// What the responses of several operations have in common.
extension ResumableAPI {
    func state(of record: UploadRecord) -> ResumableState {
        let (session, isComplete) = (record.session, record.blob != nil)
        return ResumableState(
            offset: isComplete ? session.spec.expectedBytes ?? 0 : session.offset, isComplete: isComplete,
            length: session.spec.expectedBytes)
    }

    /// The final response to a complete upload: that of `POST /v1/blobs`.
    func finished(
        _ record: UploadRecord, _ version: InteropVersion?, _ request: AuthenticatedRequest
    ) throws -> Response {
        guard let document = FinishedDocument(record) else {
            throw UploadError(.storeCorrupt(detail: "\(record.id.text) is finished, but not committed"))
        }
        var response = try Response.json(document, status: .created)
        for field in state(of: record).fields(for: version ?? .latest) { response.headers[field.name] = field.value }
        response.headers[.contentLocation] = request.mountPath + NativePath.blob(document.blob)
        let wantsDigest =
            KeptChoices(request.fields).wantsDigest
            || KeptChoices(opaque: record.meta.asset.opaque)?.wantsDigest == true
        if wantsDigest, case .whole(let digest)? = record.digest {
            response.headers[.reprDigest] = ContentDigest.format(digest)
        }
        return response
    }

    /// Sends interim responses with the durable offset.
    ///
    /// - Parameters:
    ///   - location: nil for an append, which has none.
    ///   - start: An offset that the client knows already.
    func progress(
        _ version: InteropVersion?, _ location: String?, startingAt start: UInt64?, _ request: AuthenticatedRequest
    ) -> (@Sendable (UInt64) async -> Void)? {
        guard let version, version.reportsProgress, site.sendsInterim(to: request) else { return nil }
        let repeats = location != nil && version.repeatsLocation
        return { [channel = request.channel, limit] offset in
            if offset == start { return }
            let interim = ResumableInterim(
                version: version, location: repeats ? location : nil, limit: repeats ? limit : nil, offset: offset)
            await channel.sendInterim(.uploadResumptionSupported, interim.fields)
        }
    }

    /// The failure of a request to an upload, with the state of the upload; ends an upload that the request has made invalid.
    func failure(
        of id: SessionId, _ error: any Error, _ version: InteropVersion?, _ request: AuthenticatedRequest
    ) async throws -> FieldedError {
        switch error {
        // Both requests would otherwise tell of one upload, and this one what is no longer so.
        case TransferError.stopped, BodyError.connectionClosed, BodyError.interrupted:
            return FieldedError(cause: error, fields: [:])
        case TransferError.exceedsLength:
            try? await uploads.abort(id, by: request.principal)
            return FieldedError(cause: error, fields: [:])
        case let error as UploadError where error.code == .checksumMismatch:
            // The whole is not what the creation has said, and no further request can change that.
            try? await uploads.abort(id, by: request.principal)
            var state = ResumableState(offset: 0, isComplete: true, length: nil).fields(for: version ?? .latest)
            state[ResumableField.uploadOffset] = nil
            return FieldedError(cause: error, fields: state)
        default:
            if version != nil, site.sendsInterim(to: request), Self.passes(error) { request.channel.abandon() }
            guard let record = try? await uploads.status(of: id, by: request.principal) else {
                return FieldedError(cause: error, fields: [:])
            }
            return FieldedError(cause: error, fields: state(of: record).fields(for: version ?? .latest))
        }
    }

    /// Whether the request would succeed in a moment. `URLSession` resumes an upload whose connection has ended after the interim
    /// response, and gives it up after a response of the class 5xx.
    private static func passes(_ error: any Error) -> Bool {
        switch error {
        case BodyError.shuttingDown: true
        case let error as UploadError: error.code == .unavailable && error.reason != .cancelled
        default: false
        }
    }
}
