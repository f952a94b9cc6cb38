import HTTPWire

/// The body of `POST /v1/uploads`.
public struct NewUploadDocument: Codable, Hashable, Sendable {
    /// The id of the capsule; the caller's default one if absent.
    public var capsule: String?
    public var name: String
    /// The media type; `application/octet-stream` if absent.
    public var type: String?
    /// Bytes; if absent, unknown until the upload is finished.
    public var length: UInt64?
    /// Bytes of every chunk but the last; chosen by the server if absent.
    public var chunkSize: UInt64?
    /// The number of chunks, which must agree with `length` and `chunk_size`.
    public var expectedChunks: UInt64?
    /// The expected SHA-256 of the content in hexadecimal.
    public var sha256: String?
    /// The client's own id of the memory to which the upload belongs.
    public var provisionalMemoryId: String?
    /// The recipe of the derivation after the commit: `photo` or `none`; the capsule's default if absent.
    public var derive: String?
    /// Blobs that become assets of the memory; only with `photo`.
    public var companions: [CompanionDocument]?
    /// The file's own time of its last change.
    public var modifiedAt: WireTime?

    public init(
        capsule: String? = nil, name: String, type: String? = nil, length: UInt64? = nil, chunkSize: UInt64? = nil,
        expectedChunks: UInt64? = nil, sha256: String? = nil, provisionalMemoryId: String? = nil,
        derive: String? = nil, companions: [CompanionDocument]? = nil, modifiedAt: WireTime? = nil
    ) {
        self.capsule = capsule
        self.name = name
        self.type = type
        self.length = length
        self.chunkSize = chunkSize
        self.expectedChunks = expectedChunks
        self.sha256 = sha256
        self.provisionalMemoryId = provisionalMemoryId
        self.derive = derive
        self.companions = companions
        self.modifiedAt = modifiedAt
    }
}

/// An upload as clients see it, in any state.
public struct UploadDocument: Codable, Hashable, Sendable {
    public enum State: String, Codable, Hashable, Sendable {
        case pending
        /// All bytes are durable, but the upload is not committed yet: finish it.
        case finishing
        case committed
        case aborted
        case expired
    }

    /// How bytes are added.
    public enum Layout: String, Codable, Hashable, Sendable {
        /// In chunks, over the native API.
        case chunks
        /// At the end, over tus.
        case append
    }

    public var id: String
    public var state: State
    public var capsule: String
    /// The principal that began it.
    public var owner: String
    /// Empty once it was aborted or expired, like `type`.
    public var name: String
    public var type: String
    /// Absent in documents of earlier servers.
    public var layout: Layout?
    public var length: UInt64?
    /// Of an append upload, the bytes so far; absent for chunks, and for a concatenation.
    public var offset: UInt64?
    /// Absent for an append upload.
    public var chunkSize: UInt64?
    /// Absent while the length is unknown.
    public var chunkCount: UInt64?
    public var receivedBytes: UInt64
    /// Durable chunks, as ascending inclusive ranges `[first, last]`; at most 1,000 of them. Bytes instead for an append upload.
    public var received: [[UInt64]]
    /// Missing chunks, or bytes of an append upload, in the same form. If the length is unknown, the gaps so far.
    public var missing: [[UInt64]]
    public var createdAt: WireTime
    /// The file's own time of its last change, as its client stated it.
    public var modifiedAt: WireTime?
    /// The expiry of a pending upload without further use.
    public var expiresAt: WireTime?
    /// The id of the blob.
    public var blob: String?
    /// The SHA-256 of the blob in hexadecimal.
    public var sha256: String?
    /// Absent without a recipe.
    public var derivation: DerivationDocument?

    public init(
        id: String, state: State, capsule: String, owner: String, name: String, type: String,
        layout: Layout? = .chunks, length: UInt64?, offset: UInt64? = nil, chunkSize: UInt64?, chunkCount: UInt64?,
        receivedBytes: UInt64, received: [[UInt64]], missing: [[UInt64]],
        createdAt: WireTime, modifiedAt: WireTime? = nil, expiresAt: WireTime?, blob: String?, sha256: String?,
        derivation: DerivationDocument? = nil
    ) {
        self.id = id
        self.state = state
        self.capsule = capsule
        self.owner = owner
        self.name = name
        self.type = type
        self.layout = layout
        self.length = length
        self.offset = offset
        self.chunkSize = chunkSize
        self.chunkCount = chunkCount
        self.receivedBytes = receivedBytes
        self.received = received
        self.missing = missing
        self.createdAt = createdAt
        self.modifiedAt = modifiedAt
        self.expiresAt = expiresAt
        self.blob = blob
        self.sha256 = sha256
        self.derivation = derivation
    }
}

/// The body of `POST /v1/uploads/{id}/finish`. All fields are optional, and so is the body.
public struct FinishDocument: Codable, Hashable, Sendable {
    public var sha256: String?
    public var length: UInt64?

    public init(sha256: String? = nil, length: UInt64? = nil) {
        self.sha256 = sha256
        self.length = length
    }
}

/// A committed upload: the response to a finish and to `POST /v1/blobs`.
public struct FinishedDocument: Codable, Hashable, Sendable {
    public var upload: String
    public var blob: String
    public var size: UInt64
    /// The digest of all bytes in hexadecimal; absent for a concatenation, whose parts alone were verified.
    public var sha256: String?
    public var name: String
    public var type: String
    public var createdAt: WireTime
    /// The file's own time of its last change, as its client stated it.
    public var modifiedAt: WireTime?

    public init(
        upload: String, blob: String, size: UInt64, sha256: String?, name: String, type: String, createdAt: WireTime,
        modifiedAt: WireTime? = nil
    ) {
        self.upload = upload
        self.blob = blob
        self.size = size
        self.sha256 = sha256
        self.name = name
        self.type = type
        self.createdAt = createdAt
        self.modifiedAt = modifiedAt
    }
}

extension FinishedDocument: FlatDocument {
    func write(into json: inout FlatJSON) {
        json.add("blob", blob)
        json.add("created_at", createdAt.timestamp.rfc3339)
        if let modifiedAt { json.add("modified_at", modifiedAt.timestamp.rfc3339) }
        json.add("name", name)
        if let sha256 { json.add("sha256", sha256) }
        json.add("size", size)
        json.add("type", type)
        json.add("upload", upload)
    }
}

/// One page of uploads: `GET /v1/uploads` for the caller's own in a capsule, `GET /v1/sessions` for an operator.
public struct SessionListDocument: Codable, Hashable, Sendable {
    public var sessions: [UploadDocument]
    /// The cursor of the next page; absent on the last.
    public var next: String?

    public init(sessions: [UploadDocument], next: String?) {
        self.sessions = sessions
        self.next = next
    }
}

/// `GET /v1/sessions/stats`.
public struct SessionStatsDocument: Codable, Hashable, Sendable {
    public var pending: UInt64
    public var committed: UInt64
    public var aborted: UInt64
    public var expired: UInt64
    public var total: UInt64
    public var blobs: UInt64

    public init(
        pending: UInt64, committed: UInt64, aborted: UInt64, expired: UInt64, total: UInt64, blobs: UInt64
    ) {
        self.pending = pending
        self.committed = committed
        self.aborted = aborted
        self.expired = expired
        self.total = total
        self.blobs = blobs
    }
}

/// `POST /v1/sessions/cleanup-expired`: the ids of the uploads that expired.
public struct CleanupDocument: Codable, Hashable, Sendable {
    public var expired: [String]

    public init(expired: [String]) {
        self.expired = expired
    }
}
