public import SessionCore
public import UploadCore
public import UploadDerivation
public import UploadMemories

/// The in-memory reference implementation of the `Catalogue` port, as plain as possible: dictionaries, one lock, one
/// mutating function per verb. Other implementations are tested against it, and it is a fast test double for code above
/// a catalogue.
///
/// Nothing is durable, and the port's cost guarantees do not hold: lists are sorted in each call. Every verb checks
/// before it changes anything, so a call that throws has changed nothing.
public final class ModelCatalogue: PhotoCatalogue, InMemoryDownloadCatalogue {
    private let database: ModelDatabase
    private let connection: (any ModelConnection)?
    /// The number of the engine whose catalogue this is.
    let engine: Int
    public let downloads: DownloadsInMemory
    /// Whether several engines share it: claims fence uploads, and the bytes are in a store that gives receipts.
    public let isShared: Bool
    public var keepsReceipts: Bool { isShared }

    /// - Parameter aging: Nil if nothing ages: announcements and removed segments become garbage when they are told to.
    public convenience init(isShared: Bool = false, aging: CatalogueAging? = nil) {
        self.init(
            ModelDatabase(ModelState(isShared: isShared, aging: aging)), DownloadsInMemory(), isShared: isShared, nil)
    }

    private init(
        _ database: ModelDatabase, _ downloads: DownloadsInMemory, isShared: Bool, _ connection: (any ModelConnection)?
    ) {
        engine = database.nextEngine()
        self.database = database
        self.downloads = downloads
        self.isShared = isShared
        self.connection = connection
    }

    /// The same catalogue for another engine, which reaches it through a connection of its own.
    public func reached(through connection: any ModelConnection) -> ModelCatalogue {
        ModelCatalogue(database, downloads, isShared: isShared, connection)
    }

    /// One call is one transaction.
    func transact<Value: Sendable>(
        _ verb: (inout ModelState) throws(UploadError) -> Value
    ) async throws(UploadError) -> Value {
        try await connection?.send()
        let result: Result<Value, UploadError>
        do throws(UploadError) {
            result = .success(try database.transact(verb))
        } catch {
            result = .failure(error)
        }
        try await connection?.receive()
        return try result.get()
    }

    func read<Value: Sendable>(
        _ question: (borrowing ModelState) -> Value
    ) async throws(UploadError) -> Value {
        try await connection?.send()
        let value = database.read(question)
        try await connection?.receive()
        return value
    }

    /// Without the connection, for what is no call of an engine.
    func change(_ body: (inout ModelState) -> Void) {
        database.change(body)
    }

    func inspect<Value: Sendable>(_ question: (borrowing ModelState) -> Value) -> Value {
        database.read(question)
    }
}

// MARK: - Uploads

extension ModelCatalogue {
    public func begin(_ draft: UploadDraft, checkAccess: @escaping AccessCheck) async throws(UploadError) -> Began {
        try await transact { state throws(UploadError) in try state.begin(draft, checkAccess: checkAccess) }
    }

    public func upload(_ id: SessionId) async throws(UploadError) -> UploadRecord? {
        try await read { $0.uploads[id]?.record }
    }

    public func findPending(
        capsule: CapsuleId, caller: Principal, key: IdempotencyKey
    ) async throws(UploadError) -> UploadRecord? {
        try await read { $0.findPending(capsule: capsule, caller: caller, key: key) }
    }

    public func claim(_ id: SessionId) async throws(UploadError) -> UploadRecord? {
        guard isShared else { return try await upload(id) }
        return try await transact { state in state.claim(id) }
    }

    public func chunkDigest(_ index: UInt64, of id: SessionId) async throws(UploadError) -> Digest? {
        try await read { $0.uploads[id]?.chunkDigests[index] }
    }

    public func record(
        _ piece: DurablePiece, of id: SessionId, fence: Fence, seen: Timestamp, admission: Admission
    ) async throws(UploadError) {
        try await transact { state throws(UploadError) in
            try state.record(piece, of: id, fence: fence, seen: seen, admission)
        }
    }

    public func checksums(of id: SessionId, in range: Range<UInt64>) async throws(UploadError) -> BlockChecksums? {
        try await read { $0.uploads[id]?.checksums(in: range) }
    }

    public func amend(
        _ id: SessionId, asset: AssetMetadata?, length: UInt64?, fence: Fence, seen: Timestamp, admission: Admission
    ) async throws(UploadError) {
        try await transact { state throws(UploadError) in
            try state.amend(id, asset: asset, length: length, fence: fence, seen: seen, admission)
        }
    }

    public func touch(_ seen: [SessionId: Timestamp]) async throws(UploadError) {
        try await transact { state in state.touch(seen) }
    }

    public func extentsOfParts(_ id: SessionId) async throws(UploadError) -> [[Extent]?] {
        try await transact { state throws(UploadError) in try state.extentsOfParts(id) }
    }

    public func partsStatus(of id: SessionId) async throws(UploadError) -> PartsStatus {
        try await transact { state throws(UploadError) in try state.partsStatus(of: id) }
    }

    public func wholeDigest(of id: SessionId) async throws(UploadError) -> Digest? {
        try await read { $0.uploads[id]?.wholeDigest }
    }

    public func keepWholeDigest(_ digest: Digest, of id: SessionId) async throws(UploadError) {
        try await transact { state in
            guard let upload = state.uploads[id], !upload.record.parts.isEmpty, !upload.isFreed else { return }
            state.uploads[id]?.wholeDigest = digest
        }
    }

    public func pendingConcatenations(of part: SessionId) async throws(UploadError) -> [SessionId] {
        try await transact { state in
            state.uploads.values.filter { $0.status.isPending && $0.record.parts.contains(part) }
                .map(\.record.id).sorted { $0.text < $1.text }
        }
    }

    public func commit(
        _ id: SessionId, length: UInt64, digest: BlobDigest, fence: Fence, at now: Timestamp,
        checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> UploadRecord {
        try await transact { state throws(UploadError) in
            try state.commit(id, length: length, digest: digest, fence: fence, at: now, checkAccess: checkAccess)
        }
    }

    public func end(
        _ id: SessionId, as ending: SessionStatus, fence: Fence, unlessSeenSince: Timestamp?
    ) async throws(UploadError) -> [ObjectKey] {
        try await transact { state throws(UploadError) in
            try state.end(id, as: ending, fence: fence, unlessSeenSince: unlessSeenSince)
        }
    }

    public func removeEnded(before time: Timestamp, limit: Int) async throws(UploadError) -> [SessionId] {
        try await removeEnded(before: time, limit: limit, keepsNewest: true)
    }

    /// - Parameter keepsNewest: Whether the law about the upload that was begun last holds.
    package func removeEnded(
        before time: Timestamp, limit: Int, keepsNewest: Bool
    ) async throws(UploadError) -> [SessionId] {
        try await transact { state in state.removeEnded(before: time, limit: limit, keepsNewest: keepsNewest) }
    }

    public func lastSeen(before time: Timestamp, limit: Int) async throws(UploadError) -> [SessionId] {
        try await read { $0.lastSeen(before: time, limit: limit) }
    }

    public func pendingLastSeen(
        before time: Timestamp, of caller: Principal, limit: Int
    ) async throws(UploadError) -> [SessionId] {
        try await read { state in
            let due = state.lastSeen(before: time, limit: .max).filter { id in
                guard let upload = state.uploads[id] else { return false }
                return upload.status.isPending && upload.record.meta.caller == caller
            }
            return Array(due.prefix(max(0, limit)))
        }
    }

    public func uploads(
        _ filter: UploadFilter, after id: SessionId?, limit: Int
    ) async throws(UploadError) -> [ListedUpload] {
        try await read { $0.uploads(filter, after: id, limit: limit) }
    }

    public func countActive(capsule: CapsuleId, caller: Principal) async throws(UploadError) -> UInt64 {
        try await read { $0.active[SessionOwner(capsule: capsule, caller: caller), default: 0] }
    }

    public func countByStatus() async throws(UploadError) -> StatusCounts {
        try await read { state in
            state.uploads.values.reduce(into: StatusCounts()) { $0.add($1.record.session.meta.status) }
        }
    }
}

// MARK: - Maintenance

extension ModelCatalogue {
    public func requireWritable() async throws(UploadError) {}

    /// Does nothing: dictionaries hold no space.
    public func compact() async throws(UploadError) {}

    public func problems() async throws(UploadError) -> [String] {
        try await read { $0.problems() }
    }

    public func forgetPieces(of id: SessionId, in ranges: [Range<UInt64>]) async throws(UploadError) {
        try await transact { state in state.forgetPieces(of: id, in: ranges) }
    }

    public func maintenanceState() async throws(UploadError) -> MaintenanceState {
        try await read { $0.maintenance }
    }

    public func setMaintenanceState(_ maintenance: MaintenanceState) async throws(UploadError) {
        try await transact { state in state.maintenance = maintenance }
    }

    /// Does nothing: there is no file to close.
    public func close() async {}
}

// MARK: - Capsules

extension ModelCatalogue {
    public func createCapsule(_ capsule: Capsule, capsulesMax: UInt64) async throws(UploadError) {
        try await transact { state throws(UploadError) in try state.createCapsule(capsule, capsulesMax: capsulesMax) }
    }

    public func capsule(_ id: CapsuleId) async throws(UploadError) -> Capsule? {
        try await read { $0.capsules[id] }
    }

    public func defaultCapsule(_ draft: Capsule) async throws(UploadError) -> Capsule {
        try await transact { state throws(UploadError) in try state.defaultCapsule(draft) }
    }

    public func capsules(
        of principal: Principal, after id: CapsuleId?, limit: Int
    ) async throws(UploadError) -> [Capsule] {
        try await read { $0.capsules(of: principal, after: id, limit: limit) }
    }

    public func updateCapsule(
        _ id: CapsuleId, _ change: CapsuleChange, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> Capsule {
        try await transact { state throws(UploadError) in try state.updateCapsule(id, change, checkAccess: checkAccess)
        }
    }

    public func setRole(
        _ role: Role?, of principal: Principal, in id: CapsuleId, membersMax: UInt64,
        checkAccess: @escaping AccessCheck
    ) async throws(UploadError) {
        try await transact { state throws(UploadError) in
            try state.setRole(role, of: principal, in: id, membersMax: membersMax, checkAccess: checkAccess)
        }
    }
}

// MARK: - Usage

extension ModelCatalogue {
    public func usage(of principal: Principal) async throws(UploadError) -> Usage {
        try await read { $0.usage(of: principal) }
    }

    public func usages(after principal: Principal?, limit: Int) async throws(UploadError) -> [PrincipalUsage] {
        try await read { $0.usages(after: principal, limit: limit) }
    }

    public func totalUsage() async throws(UploadError) -> Usage {
        try await read { state in state.usages(after: nil, limit: .max).map(\.usage).reduce(Usage(), +) }
    }
}

extension Usage {
    fileprivate static func + (left: Usage, right: Usage) -> Usage {
        Usage(
            storedBytes: left.storedBytes + right.storedBytes, reservedBytes: left.reservedBytes + right.reservedBytes,
            capsules: left.capsules + right.capsules, members: left.members + right.members,
            pendingUploads: left.pendingUploads + right.pendingUploads,
            pendingBytes: left.pendingBytes + right.pendingBytes)
    }
}

// MARK: - Memories

extension ModelCatalogue {
    public func createMemory(_ draft: MemoryDraft, checkAccess: @escaping AccessCheck) async throws(UploadError)
        -> Memory
    {
        try await transact { state throws(UploadError) in try state.createMemory(draft, checkAccess: checkAccess) }
    }

    public func memory(_ id: MemoryId) async throws(UploadError) -> (memory: Memory, capsule: Capsule)? {
        try await read { state in
            guard let memory = state.memories[id]?.memory, let capsule = state.capsules[memory.capsule]
            else { return nil }
            return (memory, capsule)
        }
    }

    public func memories(
        in id: CapsuleId, after: MemoryPosition?, order: MemoryOrder, limit: Int
    ) async throws(UploadError) -> [Memory] {
        try await read { $0.memories(in: id, after: after, order: order, limit: limit) }
    }

    public func updateMemory(
        _ id: MemoryId, checkAccess: @escaping AccessCheck, _ revise: @escaping MemoryRevision
    ) async throws(UploadError) -> Memory {
        try await transact { state throws(UploadError) in
            try state.update(id, checkAccess: checkAccess) { memory, _ throws(UploadError) in
                try revise(&memory.details)
            }
        }
    }

    public func addAsset(
        _ asset: NewAsset, to id: MemoryId, limits: MemoryLimits, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> (memory: Memory, isNew: Bool) {
        try await transact { state throws(UploadError) in
            try state.addAsset(asset, to: id, limits: limits, checkAccess: checkAccess)
        }
    }

    public func removeAsset(
        _ asset: AssetId, from id: MemoryId, withBlob: Bool, at now: Timestamp, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> (memory: Memory, garbage: [ObjectKey]) {
        try await transact { state throws(UploadError) in
            try state.removeAsset(asset, from: id, withBlob: withBlob, at: now, checkAccess: checkAccess)
        }
    }

    public func deleteMemory(
        _ id: MemoryId, withBlobs: Bool, at now: Timestamp, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> [ObjectKey] {
        try await transact { state throws(UploadError) in
            try state.deleteMemory(id, withBlobs: withBlobs, at: now, checkAccess: checkAccess)
        }
    }
}
