import SessionCore

/// What `SessionCompat` keeps in memory about an upload that is in use, besides its ledger.
struct LiveUpload<Writer: AnyObject & Sendable>: Sendable {
    var meta: UploadSessionMeta
    let fingerprint: Digest
    let parts: [SessionId]
    var digest: BlobDigest?
    /// Tells this stay in memory from an earlier one of the same upload.
    let generation: UInt64
    /// The last use that the catalogue knows of.
    var recordedLastSeen: Timestamp

    var hash = PrefixHash()
    /// One hashes, finishes or ends the upload at a time.
    let gate = Gate()
    /// While the length is unknown one piece is confirmed at a time, since a short one decides it.
    let lengthGate = Gate()
    var writers: [WriteToken: Writer] = [:]
    /// Calls that are using this now, writers included.
    var pins = 0
    /// Set while the upload is finished or ended: no new writer is let in.
    var isClosing = false
    /// Tells the latest entry of the queue of idle uploads from older ones.
    var idleStamp: UInt64 = 0

    init(_ record: UploadRecord, generation: UInt64) {
        meta = record.meta
        fingerprint = record.fingerprint
        parts = record.parts
        digest = record.digest
        recordedLastSeen = record.session.meta.lastSeen
        self.generation = generation
    }
}

extension LiveUpload {
    /// The writers, the earliest first: an order that a simulation can repeat.
    var writersInOrder: [Writer] {
        writers.sorted { $0.key < $1.key }.map(\.value)
    }
}

/// One stay of an upload in memory, held on to by whoever uses it.
struct LiveHandle: Hashable, Sendable {
    let id: SessionId
    let generation: UInt64
}
