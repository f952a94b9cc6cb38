package import SessionCore
package import UploadCore

/// The columns of an upload that decide about changes of its state.
package struct UploadHead: Sendable {
    package let seq: Int64
    package let id: SessionId
    package let status: SessionStatus
    package let capsule: CapsuleId
    package let isPartial: Bool
    package let storage: Storage
    package let isConcatenation: Bool
    package let isFreed: Bool
    package let chunkSize: UInt64?
    package let length: UInt64?
    package let offset: UInt64
    package let lastSeen: Timestamp
    package let provisionalMemoryId: String
    package let digest: BlobDigest?

    /// - Parameters:
    ///   - digest: Of all bytes, or of the digests of `digestParts` parts.
    ///   - digestParts: Nil where the digest is that of all bytes.
    package init(
        seq: Int64, id: SessionId, status: SessionStatus, capsule: CapsuleId, isPartial: Bool, storage: Storage,
        isConcatenation: Bool, isFreed: Bool, chunkSize: UInt64?, length: UInt64?, offset: UInt64, lastSeen: Timestamp,
        provisionalMemoryId: String, digest: Digest?, digestParts: Int?
    ) {
        self.seq = seq
        self.id = id
        self.status = status
        self.capsule = capsule
        self.isPartial = isPartial
        self.storage = storage
        self.isConcatenation = isConcatenation
        self.isFreed = isFreed
        self.chunkSize = chunkSize
        self.length = length
        self.offset = offset
        self.lastSeen = lastSeen
        self.provisionalMemoryId = provisionalMemoryId
        self.digest = digest.map { digest in
            digestParts.map { .composite(digest, parts: $0) } ?? .whole(digest)
        }
    }
}

extension UploadHead {
    package var key: ObjectKey { ObjectKey(provisionalMemoryId: provisionalMemoryId, session: id) }

    package var layout: SessionLayout { chunkSize.map { .chunks(size: $0) } ?? .append }

    package var isCommitted: Bool {
        if case .committed = status { true } else { false }
    }

    package var isEnded: Bool { !status.isPending && !isCommitted }
    /// Whether its durable pieces are in the table `ledger`.
    package var hasLedger: Bool { status.isPending && chunkSize != nil }
    /// Whether it is readable: committed, and not a part.
    package var isBlob: Bool { isCommitted && !isPartial }

    package func requirePending() throws(UploadError) {
        guard status.isPending else { throw UploadError(ended: status) }
    }
}

extension SessionStatus {
    /// The status of the columns `state` and `state_at`; nil if a time is missing although the upload is not pending.
    package init?(_ state: UploadFilter.State, at time: Timestamp?) {
        switch (state, time) {
        case (.pending, _): self = .pending
        case (.committed, let time?): self = .committed(at: time)
        case (.aborted, let time?): self = .aborted(at: time)
        case (.expired, let time?): self = .expired(at: time)
        case (_, nil): return nil
        }
    }

    /// The time of the change to this state; nil for pending.
    package var time: Timestamp? {
        switch self {
        case .pending: nil
        case .committed(let time), .aborted(let time), .expired(let time): time
        }
    }
}
