package import SessionCore
package import UploadCore

/// What a transfer reports, for metrics. Calls return at once; one a request, not one a buffer.
package protocol TransferObserver: Sendable {
    /// Bytes of uploads became durable and their request succeeded.
    func bytesAcknowledged(_ count: UInt64)
    /// Bytes of blobs were handed to a transport.
    func bytesSent(_ count: UInt64)
    /// An upload was verified and committed.
    func finished(nanoseconds: UInt64)
}

/// Runs a job that computes for long, off the caller's thread.
package typealias TransferCompute = @Sendable (_ job: @escaping @Sendable () -> Void) async -> Void

/// The verbs that every protocol needs, between the engine and the wire: it knows bodies, checksums and offsets, and neither HTTP
/// nor JSON.
///
/// - `receiveChunk`, `receiveAppend`, `receiveWhole`, `receiveInitial`: bytes into an upload
/// - `finishIfComplete`: from all bytes to a blob
/// - `openDownload`: bytes out of a blob
///
/// Each checks access before it reads the body, except where a small body is on its way anyhow (see `AccessCheckTime`). A broken body
/// leaves nothing that no client can resume: an upload whose id was never sent is aborted; of any other, what was received of an append
/// stays, and an incomplete chunk stays missing.
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

    /// Verifies and commits an upload, and reports how long that took.
    package func commit(
        _ id: SessionId, digest: Digest? = nil, length: UInt64? = nil, by caller: Principal
    ) async throws(UploadError) -> UploadRecord {
        let stopwatch = Stopwatch()
        let record = try await uploads.commit(id, digest: digest, length: length, by: caller)
        observer.finished(nanoseconds: stopwatch.nanoseconds)
        return record
    }

    /// Commits an upload that has all its bytes, and a concatenation whose parts are all committed. Idempotent, so whoever finds
    /// an upload complete can finish it: the request that brought the last byte, or after a failure any later one.
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
}

/// When write access is checked for a small body, which is stored in one transaction.
package enum AccessCheckTime: Sendable {
    /// Before the body is read: for a client that waits for an interim response, and for protocols that report it first.
    case beforeBody
    /// In the transaction that stores it, which saves a lookup.
    case inTransaction
}

/// A checksum of a request's body, computed while the bytes are written.
package protocol BodyChecksum: Sendable {
    /// The next bytes, in order, on the thread that wrote them.
    func update(_ bytes: UnsafeRawBufferPointer)

    /// Called once, after the last byte.
    ///
    /// - Throws: The protocol's error if the bytes have another checksum. None of them counts then.
    func verify() throws
}

/// A request that contradicts the length of its upload.
package enum TransferError: Error, Hashable, Sendable {
    /// The body has, or announces, more bytes than the upload still takes.
    case exceedsLength(UInt64)
    /// The request declares another length than the one that is known, or one before its own offset.
    case contradictsLength
}
