public import SessionCore
public import UploadCore

extension UploadDocument {
    /// The most ranges that `received` and `missing` list; a client with more gaps asks again.
    static let rangesMax = 1000

    /// - Parameters:
    ///   - timeToLiveMilliseconds: How long an upload lives after it was last used.
    ///   - derivation: What the catalogue has of it.
    ///   - isDeriving: Whether the server derives at present.
    public init(
        _ record: UploadRecord, timeToLiveMilliseconds: Int64, derivation: Derivation? = nil, isDeriving: Bool = true
    ) {
        let session = record.session
        let state = State(session)
        // What was aborted or expired has no bytes any more, and there is nothing left to send.
        let isLive = state != .aborted && state != .expired
        let end = session.spec.chunkCount ?? session.pieces.last.map { $0 + 1 } ?? 0
        let isOpen = state == .pending || state == .finishing
        self.init(
            id: record.id.text, state: state, capsule: record.meta.capsule.text, owner: record.meta.caller.name,
            name: record.meta.asset.name, type: record.meta.asset.contentType, length: session.spec.expectedBytes,
            chunkSize: session.spec.chunkSize, chunkCount: session.spec.chunkCount,
            receivedBytes: isLive ? session.receivedBytes : 0,
            received: isLive ? session.pieces.ranges(limit: Self.rangesMax).map(\.pair) : [],
            missing: isOpen && session.spec.chunkSize != nil
                ? session.pieces.missing(below: end, limit: Self.rangesMax).map(\.pair) : [],
            createdAt: WireTime(session.meta.createdAt),
            expiresAt: isOpen
                ? WireTime(session.meta.lastSeen.advanced(byMilliseconds: timeToLiveMilliseconds)) : nil,
            blob: record.blob?.text, sha256: record.digest?.whole?.hex,
            derivation: DerivationDocument(of: record, derivation, isDeriving: isDeriving))
    }
}

extension UploadDocument.State {
    /// An upload of no bytes is pending until it is finished: nothing tells that its client is done.
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
            createdAt: WireTime(record.session.meta.createdAt))
    }
}

extension FinishDocument {
    /// The SHA-256 that the whole must have, where the client tells it.
    ///
    /// - Throws: `invalid_argument`.
    public func digest() throws(UploadError) -> Digest? {
        try Digest.checked(sha256)
    }
}

extension NewUploadDocument {
    static let typeDefault = "application/octet-stream"

    /// What the engine is asked for.
    ///
    /// - Parameters:
    ///   - capsule: The capsule that the document names, or the caller's default one.
    ///   - key: From the header; see `IdempotencyKeyField`.
    /// - Throws: `invalid_argument` for a `sha256`, a `type` or a `derive` that is none.
    public func request(capsule: CapsuleId, key: IdempotencyKey?) throws(UploadError) -> BeginRequest {
        BeginRequest(
            capsule: capsule,
            asset: AssetMetadata(name: name, contentType: try MediaType(type ?? Self.typeDefault).text),
            layout: .chunks(size: chunkSize), length: length, expectedChunks: expectedChunks,
            expectedDigest: try Digest.checked(sha256), provisionalMemoryId: provisionalMemoryId ?? "",
            idempotencyKey: key, derivation: try RecipeChoice(derive: derive))
    }

    /// The capsule that the document names; nil for the caller's default one.
    ///
    /// - Throws: `not_found` for what is no id: it looks like one that does not exist.
    public func capsuleId() throws(UploadError) -> CapsuleId? {
        guard let capsule else { return nil }
        guard let id = CapsuleId(text: capsule) else { throw UploadError(.notFound(.capsule)) }
        return id
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

extension BlobDigest {
    /// The SHA-256 of all bytes, where it is known.
    var whole: Digest? {
        guard case .whole(let digest) = self else { return nil }
        return digest
    }
}

extension ClosedRange<UInt64> {
    var pair: [UInt64] { [lowerBound, upperBound] }
}
