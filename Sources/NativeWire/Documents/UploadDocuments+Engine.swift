import HTTPWire
public import SessionCore
public import UploadModel

extension UploadDocument {
    /// The most ranges in `received` and in `missing`; a client with more gaps requests the status again later.
    static let rangesMax = 1000

    /// - Parameters:
    ///   - timeToLiveMilliseconds: The lifetime of an upload after its last use.
    ///   - derivation: Its derivation in the catalogue.
    ///   - isDeriving: Whether the server derives at present.
    public init(
        _ record: UploadRecord, timeToLiveMilliseconds: Int64, derivation: Derivation? = nil, isDeriving: Bool = true
    ) {
        let session = record.session
        let state = State(session)
        // An aborted or expired upload has no bytes any more and takes none.
        let isLive = state != .aborted && state != .expired
        let isAppend = session.spec.layout == .append
        let isOpen = state == .pending || state == .finishing
        self.init(
            id: record.id.text, state: state, capsule: record.meta.capsule.text, owner: record.meta.caller.name,
            name: record.meta.asset.name, type: record.meta.asset.contentType,
            layout: isAppend ? .append : .chunks, length: session.spec.expectedBytes,
            offset: isAppend && isLive && record.parts.isEmpty ? session.receivedBytes : nil,
            chunkSize: session.spec.chunkSize, chunkCount: session.spec.chunkCount,
            receivedBytes: isLive ? session.receivedBytes : 0,
            received: isLive ? session.received(limit: Self.rangesMax).map(\.pair) : [],
            missing: isOpen && record.parts.isEmpty ? session.missing(limit: Self.rangesMax).map(\.pair) : [],
            createdAt: WireTime(session.meta.createdAt),
            modifiedAt: record.meta.asset.modifiedAt.map { WireTime($0) },
            expiresAt: isOpen
                ? WireTime(session.meta.lastSeen.advanced(byMilliseconds: timeToLiveMilliseconds)) : nil,
            blob: record.blob?.text, sha256: record.digest?.whole?.hex,
            derivation: DerivationDocument(of: record, derivation, isDeriving: isDeriving))
    }
}

extension Session {
    /// What is durable, ascending: chunks by their numbers; of an append its bytes.
    fileprivate func received(limit: Int) -> [ClosedRange<UInt64>] {
        guard spec.layout == .append else { return pieces.ranges(limit: limit) }
        return receivedBytes > 0 ? [0...receivedBytes - 1] : []
    }
}

extension UploadDocument.State {
    /// An empty upload is pending until it is finished: nothing else shows that its client is done.
    init(_ session: Session) {
        switch session.meta.status {
        case .pending: self = session.isComplete && session.receivedBytes > 0 ? .finishing : .pending
        case .committed: self = .committed
        case .aborted: self = .aborted
        case .expired: self = .expired
        }
    }
}

extension FinishedDocument {
    /// nil for an upload that is not committed.
    public init?(_ record: UploadRecord) {
        guard let blob = record.blob else { return nil }
        self.init(
            upload: record.id.text, blob: blob.text, size: record.session.spec.expectedBytes ?? 0,
            sha256: record.digest?.whole?.hex, name: record.meta.asset.name, type: record.meta.asset.contentType,
            createdAt: WireTime(record.session.meta.createdAt),
            modifiedAt: record.meta.asset.modifiedAt.map { WireTime($0) })
    }
}

extension FinishDocument {
    /// The expected SHA-256 of the content, if given.
    ///
    /// - Throws: `invalid_argument`.
    public func digest() throws(UploadError) -> Digest? {
        try Digest.checked(sha256)
    }
}

extension NewUploadDocument {
    static let typeDefault = "application/octet-stream"

    /// The request to the engine.
    ///
    /// - Parameters:
    ///   - capsule: The capsule in the document, or the caller's default one.
    ///   - key: From the header; see `IdempotencyKeyField`.
    /// - Throws: `invalid_argument` for an invalid `sha256`, `type`, `derive` or `companions`; `not_found` for a malformed id
    ///   of a companion.
    public func request(capsule: CapsuleId, key: IdempotencyKey?) throws(UploadError) -> BeginRequest {
        BeginRequest(
            capsule: capsule,
            asset: AssetMetadata(
                name: name, contentType: try MediaType(type ?? Self.typeDefault).text,
                modifiedAt: modifiedAt?.timestamp),
            layout: .chunks(size: chunkSize), length: length, expectedChunks: expectedChunks,
            expectedDigest: try Digest.checked(sha256), provisionalMemoryId: provisionalMemoryId ?? "",
            idempotencyKey: key, derivation: try RecipeChoice(derive: derive, companions: companions))
    }

    /// The capsule in the document; nil for the caller's default one.
    ///
    /// - Throws: `not_found` for a malformed id, as for an unknown one.
    public func capsuleId() throws(UploadError) -> CapsuleId? {
        guard let capsule else { return nil }
        guard let id = CapsuleId(text: capsule) else { throw UploadError(.notFound(.capsule)) }
        return id
    }
}

extension BlobLookupDocument {
    /// - Throws: `invalid_argument`.
    public func digests() throws(UploadError) -> [Digest] {
        try sha256.map { hex throws(UploadError) in
            guard let digest = Digest(hex: hex) else {
                throw UploadError(.invalidArgument("sha256", "must be a list of 64 hexadecimal digits each"))
            }
            return digest
        }
    }
}

extension BatchItemDocument {
    /// The expected SHA-256 of the file, if given.
    ///
    /// - Throws: `invalid_argument`.
    public func digest() throws(UploadError) -> Digest? {
        try Digest.checked(sha256)
    }
}

extension SessionStatsDocument {
    public init(_ counts: StatusCounts, blobs: UInt64) {
        self.init(
            pending: counts.pending, committed: counts.committed, aborted: counts.aborted, expired: counts.expired,
            total: counts.pending + counts.committed + counts.aborted + counts.expired, blobs: blobs)
    }
}

extension Digest {
    static func checked(_ hex: String?) throws(UploadError) -> Digest? {
        guard let hex else { return nil }
        guard let digest = Digest(hex: hex) else {
            throw UploadError(.invalidArgument("sha256", "must be 64 hexadecimal digits"))
        }
        return digest
    }
}

extension ClosedRange<UInt64> {
    var pair: [UInt64] { [lowerBound, upperBound] }
}
