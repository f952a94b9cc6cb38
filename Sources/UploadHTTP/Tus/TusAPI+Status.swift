import HTTPTypes
import HummingbirdCore
import NativeWire
import SessionCore
import TusWire
import UploadCore

/// `OPTIONS`, `HEAD`, `GET` and `DELETE`.
extension TusAPI {
    func options() -> Response {
        .bodiless(.noContent, Tus.capabilities(sizeMax: uploads.limits.uploadBytesMax))
    }

    /// The offset from which to go on. A request that is still bringing bytes ends with this: who asks has lost it.
    func head(_ call: AuthenticatedRequest) async throws -> Response {
        let settled = try await uploads.quiescedStatus(of: try call.uploadId(), by: call.principal)
        var record = try requireOwn(settled, call)
        try requireStanding(record)
        record = try await finished(record, call)
        var state = state(of: record)
        if state.length == nil, !record.parts.isEmpty { state.length = try await lengthOfParts(record) }
        var fields = state.headFields
        // That of the download, which only a finished upload has.
        fields[.contentLength] = record.blob != nil && !record.meta.isPartial ? state.length.map { String($0) } : "0"
        return Response(status: .ok, headers: fields)
    }

    /// The bytes of a finished upload. Whoever may read its capsule may read them.
    func download(_ call: AuthenticatedRequest) async throws -> Response {
        let id = try call.uploadId()
        do {
            return try await native.download(BlobId(id), call)
        } catch let error as UploadError where error.code == .notFound {
            let record = try await known(call)
            try requireStanding(record)
            guard try await finished(record, call).blob != nil, !record.meta.isPartial else { throw error }
            return try await native.download(BlobId(id), call)
        }
    }

    /// Ends an upload, finished or not, and frees its bytes.
    func terminate(_ call: AuthenticatedRequest) async throws -> Response {
        let record = try await known(call)
        try requireStanding(record)
        do throws(UploadError) {
            try await uploads.abort(record.id, by: call.principal)
        } catch {
            guard error.code == .committed else { throw error }
            try await uploads.deleteBlob(BlobId(record.id), by: call.principal)
        }
        return .noContent
    }

    /// - Throws: `gone`.
    private func requireStanding(_ record: UploadRecord) throws(UploadError) {
        switch record.session.meta.status {
        case .pending, .committed: return
        case .aborted, .expired: throw UploadError(ended: record.session.meta.status)
        }
    }
}
