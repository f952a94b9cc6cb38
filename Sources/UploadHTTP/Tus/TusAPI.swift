import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import NativeWire
import SessionCore
import TusWire
import UploadCore

/// tus 1.0 over the same uploads as the native API: the id of an upload is that of its session. Nothing is kept here between
/// two requests.
struct TusAPI<Store: Catalogue, Blobs: BlobStore, Time: WallClock>: Sendable {
    typealias Writer = UploadService<Store, Blobs, Time>.Writer

    let native: NativeAPI<Store, Blobs, Time>
    let configuration: TusConfiguration
    /// `configuration.normalPath`, which every creation asks for.
    let path: String

    init(native: NativeAPI<Store, Blobs, Time>, configuration: TusConfiguration) {
        self.native = native
        self.configuration = configuration
        path = configuration.normalPath
    }

    var uploads: UploadService<Store, Blobs, Time> { native.uploads }
    var metrics: ServerMetrics { native.metrics }

    func perform(_ operation: TusOperation, _ call: AuthenticatedRequest) async throws -> Response {
        do {
            try operation.requireVersion(call.fields)
            return switch operation {
            case .options: options()
            case .create: try await create(call)
            case .head: try await head(call)
            case .patch: try await append(call)
            case .terminate: try await terminate(call)
            case .download: try await download(call)
            }
        } catch let refusal as TusRefusal {
            throw Problem(refusal)
        }
    }

    // MARK: - Uploads

    /// The upload that the path names; asking counts as use. It belongs to whoever began it.
    ///
    /// - Throws: `not_found`, also for one of another capsule than the path names.
    func known(_ call: AuthenticatedRequest) async throws(UploadError) -> UploadRecord {
        try requireOwn(try await uploads.status(of: try call.uploadId(), by: call.principal), call)
    }

    func requireOwn(_ record: UploadRecord, _ call: AuthenticatedRequest) throws(UploadError) -> UploadRecord {
        let isInPath = call.parameters.get("capsule").map { $0 == record.meta.capsule.text } ?? true
        guard isInPath, record.meta.caller == call.principal, record.session.spec.layout == .append else {
            throw UploadError(.notFound(.upload))
        }
        return record
    }

    /// Commits an upload that has all its bytes. Whoever finds one in this state finishes it: the request that brought the last
    /// byte, and, if that could not, the next one that asks. Until then nobody is told that it is complete.
    ///
    /// A final upload is committed once all its parts are.
    func finished(_ record: UploadRecord, _ call: AuthenticatedRequest) async throws -> UploadRecord {
        guard record.session.meta.status.isPending else { return record }
        guard record.parts.isEmpty else { return try await assembled(record, call) }
        guard record.session.isComplete else { return record }
        return try await native.timingFinish { try await uploads.commit(record.id, by: call.principal) }
    }

    private func assembled(_ record: UploadRecord, _ call: AuthenticatedRequest) async throws(UploadError)
        -> UploadRecord
    {
        do throws(UploadError) {
            return try await uploads.commit(record.id, by: call.principal)
        } catch {
            guard error.code == .incomplete else { throw error }
            return record
        }
    }

    /// What answers say about an upload.
    func state(of record: UploadRecord) -> TusUploadState {
        let (meta, session) = (record.meta, record.session)
        let isFinal = !record.parts.isEmpty
        let isCommitted = record.blob != nil
        let mayExpire = session.meta.status.isPending || isCommitted && meta.isPartial
        let expiry = session.meta.lastSeen.advanced(byMilliseconds: uploads.limits.timeToLiveMilliseconds)
        return TusUploadState(
            offset: isCommitted ? session.spec.expectedBytes : isFinal ? nil : session.offset,
            length: session.spec.expectedBytes,
            isLengthDeferred: session.spec.expectedBytes == nil && !isFinal,
            kept: KeptFields(opaque: meta.asset.opaque, parts: record.parts, isPartial: meta.isPartial),
            expires: mayExpire ? expiry.httpDate : nil)
    }

    // MARK: - Bytes

    /// Streams a body into an upload. Of one that breaks off everything stays that has arrived, unless it has a checksum: then
    /// nothing counts before all of it is there and matches.
    ///
    /// - Parameters:
    ///   - offset: At which the writer was opened.
    ///   - length: Of the whole; nil while it is unknown.
    /// - Returns: The offset after the last byte.
    func receive(
        _ call: AuthenticatedRequest, into writer: Writer, _ checksum: ExpectedChecksum, from offset: UInt64,
        upTo length: UInt64?
    ) async throws -> UInt64 {
        let computed = RunningChecksum(checksum.algorithms)
        var end = offset
        do {
            for try await buffer in call.request.body {
                end += UInt64(buffer.readableBytes)
                if let length, end > length { throw TusRefusal.exceedsLength(length) }
                if checksum == .none {
                    try await writer.write(buffer)
                } else {
                    try await writer.write(buffer) { computed.update($0) }
                }
            }
            try checksum.require(computed, trailers: call.requestChannel.trailers)
            end = try await writer.complete()
            metrics.bytesAcknowledged(end - offset)
            return end
        } catch {
            await writer.cancel()
            throw error
        }
    }
}
