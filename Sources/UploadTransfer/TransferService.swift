package import SessionCore
package import UploadCore

/// Receives the counts of transfers, for metrics: at most once per request or slice of a blob, never per buffer. Must
/// not block.
package protocol TransferObserver: Sendable {
    /// Bytes of uploads became durable and their request succeeded.
    func bytesAcknowledged(_ count: UInt64)
    /// Bytes of blobs were handed to a transport.
    func bytesSent(_ count: UInt64)
    /// An upload was verified and committed.
    func finished(nanoseconds: UInt64)
}

/// Runs a long computation off the caller's thread.
package typealias TransferCompute = @Sendable (_ job: @escaping @Sendable () -> Void) async -> Void

/// The operations that all protocols share, between the engine and the wire. It handles bodies, checksums and offsets,
/// and knows neither HTTP nor JSON.
///
/// - `receiveChunk`, `receiveAppend`, `receiveWhole`, `receiveInitial`: bytes into an upload
/// - `finishIfComplete`: from all bytes to a blob
/// - `openDownload`: bytes out of a blob
///
/// Each checks access before it reads the body, except for a small body that is already being sent (see
/// `AccessCheckTime`). If a body breaks off, the received bytes of an append are kept, and an incomplete chunk stays
/// missing. An upload that no client could resume, because its id was never sent, is aborted.
package struct TransferService<Store: Catalogue, Blobs: BlobStore, Time: WallClock>: Sendable {
    package typealias Writer = UploadWriter<Store, Blobs, Time>

    package let uploads: UploadService<Store, Blobs, Time>
    /// Opens stored files for transports that can send them without a copy; nil if the store keeps none.
    let files: (any OpenFileProvider)?
    let observer: any TransferObserver
    let compute: TransferCompute

    package init(
        uploads: UploadService<Store, Blobs, Time>, files: (any OpenFileProvider)?, observer: any TransferObserver,
        compute: @escaping TransferCompute
    ) {
        self.compute = compute
        self.uploads = uploads
        self.files = files
        self.observer = observer
    }

    package var limits: Limits { uploads.limits }

    /// The capsule that a request names, or the caller's default one.
    package func capsule(_ named: CapsuleId?, of caller: Principal) async throws(UploadError) -> CapsuleId {
        if let named { return named }
        return try await uploads.defaultCapsuleId(of: caller)
    }

    /// Verifies and commits an upload, and reports the duration.
    package func commit(
        _ id: SessionId, digest: Digest? = nil, length: UInt64? = nil, by caller: Principal
    ) async throws(UploadError) -> UploadRecord {
        let stopwatch = Stopwatch()
        let record = try await uploads.commit(id, digest: digest, length: length, by: caller)
        observer.finished(nanoseconds: stopwatch.nanoseconds)
        return record
    }

    /// Commits an upload that has all its bytes, or a concatenation whose parts are all committed. Idempotent: if the
    /// request with the last byte fails to finish the upload, any later one can.
    ///
    /// - Returns: The record afterwards; unchanged if bytes or parts are missing, or if the upload has ended.
    package func finishIfComplete(_ record: UploadRecord, by caller: Principal) async throws(UploadError)
        -> UploadRecord
    {
        guard record.session.meta.status.isPending else { return record }
        guard record.parts.isEmpty else {
            do throws(UploadError) {
                return try await uploads.commit(record.id, by: caller)
            } catch {
                guard error.code == .incomplete else { throw error }
                return record
            }
        }
        guard record.session.isComplete else { return record }
        return try await commit(record.id, by: caller)
    }

    /// Ends an upload, finished or not, and frees its bytes.
    ///
    /// - Returns: The blob, if the upload was one.
    package func end(_ id: SessionId, by caller: Principal) async throws(UploadError) -> BlobId? {
        do throws(UploadError) {
            try await uploads.abort(id, by: caller)
            return nil
        } catch {
            guard error.code == .committed else { throw error }
            try await uploads.deleteBlob(BlobId(id), by: caller)
            return BlobId(id)
        }
    }
}

/// When write access is checked for a small body, which is stored in one transaction.
package enum AccessCheckTime: Sendable {
    /// Before the body is read: for clients that wait for permission to send it, and for protocols that require it.
    case beforeBody
    /// In the transaction that stores it, which saves a lookup.
    case inTransaction
}

/// The expected checksum of a body, compared with one that is computed while the bytes are written.
package protocol BodyChecksum: Sendable {
    /// Adds the next bytes, in order. Called on the thread that writes them.
    func update(_ bytes: UnsafeRawBufferPointer)

    /// Called once, after the last byte.
    ///
    /// - Throws: An error of the protocol for a mismatch; the bytes are then discarded.
    func verify() throws
}

/// A request that contradicts the length of its upload, or that another one has stopped.
package enum TransferError: Error, Hashable, Sendable {
    /// The body has, or announces, more bytes than the upload of this length still takes.
    case exceedsLength(UInt64)
    /// The request declares a length that differs from the known one or is less than its own offset.
    case contradictsLength
    /// Another request has taken over the upload (`superseded`) or ended it (`gone`) while the body was received.
    case stopped(UploadError)
}
