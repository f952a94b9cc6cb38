import CatalogueRows
import SessionCore
import UploadCore
import UploadMemories

extension Queries {
    func addAsset(
        _ new: NewAsset, to id: MemoryId, limits: MemoryLimits, checkAccess: AccessCheck
    ) throws(UploadError) -> (memory: Memory, isNew: Bool) {
        try lockBudget(for: [new], of: id)
        let row = try requireMemory(id, checkAccess)
        var memory = try self.memory(row)
        let added = try assets([new], in: row.capsule)
        if let present = memory.assets.first(where: { $0.id == new.id }) {
            guard [present] == added else { throw UploadError(.alreadyExists) }
            return (memory, false)
        }
        try Limits.require(UInt64(memory.assets.count) + 1, atMost: limits.assetsMax, .assets)
        try requireBudget(for: added, in: row.capsule, limits)
        try insert(added, of: row.seq, in: row.capsule)
        memory.assets += added
        return (memory, true)
    }

    func removeAsset(
        _ asset: AssetId, from id: MemoryId, withBlob: Bool, at now: Timestamp, checkAccess: AccessCheck
    ) throws(UploadError) -> (memory: Memory, garbage: [ObjectKey]) {
        try lockCapsule(of: id)
        let row = try requireMemory(id, checkAccess)
        var memory = try self.memory(row)
        guard let index = memory.assets.firstIndex(where: { $0.id == asset }) else {
            throw UploadError(.notFound(.asset))
        }
        let removed = memory.assets.remove(at: index)
        let blobs = withBlob ? try lockBlobs(of: [removed]) : []
        try connection.send("DELETE FROM assets WHERE memory = $1 AND id = $2", row.seq, asset)
        // Before the row that the inline bytes change: ends lock that of a link first.
        let garbage = try endBlobs(blobs, at: now)
        try addInlineBytes(-[removed].inlineBytes, to: row.capsule)
        return (memory, garbage)
    }

    /// Locks the blobs of assets that are about to be removed, before anything is changed.
    func lockBlobs(of assets: [Asset]) throws(UploadError) -> [UploadHead] {
        var ids: [SessionId] = []
        for case .blob(let blob) in assets.map(\.content) where !ids.contains(blob.value) { ids.append(blob.value) }
        return try lockForEnding(ids)
    }

    /// Ends the blobs of removed assets, unless another asset uses them.
    func endBlobs(_ blobs: [UploadHead], at now: Timestamp) throws(UploadError) -> [ObjectKey] {
        var freed: [ObjectKey] = []
        for upload in blobs where upload.isBlob {
            guard try !isInUse(BlobId(upload.id)) else { continue }
            freed += try end(upload, as: .aborted(at: now))
        }
        return freed
    }

    func isInUse(_ blob: BlobId) throws(UploadError) -> Bool {
        try connection.exists("SELECT 1 FROM assets WHERE blob = $1", blob)
    }
}

// MARK: - Drafts

extension Queries {
    /// Turns drafts into assets. For a blob, type, size and digest are the blob's. Keeps the blobs: none of them is deleted
    /// before this transaction ends.
    func assets(_ drafts: [NewAsset], in capsule: CapsuleId) throws(UploadError) -> [Asset] {
        let blobs = try keptBlobs(of: drafts, in: capsule)
        var ids: Set<AssetId> = []
        return try drafts.map { new throws(UploadError) in
            guard ids.insert(new.id).inserted else { throw UploadError(.alreadyExists) }
            guard let asset = asset(new, blobs) else { throw UploadError(.notFound(.blob)) }
            return asset
        }
    }

    /// Those whose blobs exist.
    func companions(_ drafts: [NewAsset], in capsule: CapsuleId) throws(UploadError) -> [Asset] {
        let blobs = try keptBlobs(of: drafts, in: capsule)
        return drafts.compactMap { asset($0, blobs) }
    }

    private struct KeptBlob {
        let contentType: String
        let size: UInt64
        let digest: Digest
    }

    private func keptBlobs(of drafts: [NewAsset], in capsule: CapsuleId) throws(UploadError) -> [BlobId: KeptBlob] {
        var ids: [BlobId] = []
        for case .blob(let id) in drafts.map(\.draft.content) { ids.append(id) }
        if ids.isEmpty { return [:] }
        let found = try connection.all(
            """
            SELECT id, content_type, length, digest FROM uploads
            WHERE id = ANY($1) AND capsule = $2 AND state = 1 AND NOT is_partial ORDER BY seq FOR SHARE
            """, ColumnArray(ids), capsule
        ) { row throws(UploadError) in
            (
                id: try row.next(BlobId.self),
                blob: KeptBlob(contentType: try row.next(), size: try row.next(), digest: try row.next())
            )
        }
        return Dictionary(found.map { ($0.id, $0.blob) }) { first, _ in first }
    }

    private func asset(_ new: NewAsset, _ blobs: [BlobId: KeptBlob]) -> Asset? {
        switch new.draft.content {
        case .blob(let id):
            blobs[id].map {
                new.asset(contentType: $0.contentType, size: $0.size, digest: $0.digest, content: .blob(id))
            }
        case .inline(let bytes, let contentType):
            new.asset(
                contentType: contentType, size: UInt64(bytes.count), digest: new.digest ?? Digest(of: bytes),
                content: .inline(bytes))
        }
    }

    /// Locks what inline assets count against, before anything else is locked.
    func lockBudget(for drafts: [NewAsset], in capsule: CapsuleId) throws(UploadError) {
        guard drafts.contains(where: \.isInline) else { return }
        try lockPrincipals(ownerOf: capsule)
        try connection.send("SELECT 1 FROM capsules WHERE id = $1 FOR UPDATE", capsule)
    }

    private func lockBudget(for drafts: [NewAsset], of memory: MemoryId) throws(UploadError) {
        guard drafts.contains(where: \.isInline) else { return }
        let capsule = try connection.first("SELECT capsule FROM memories WHERE id = $1", memory) {
            row throws(UploadError) in
            try row.next(CapsuleId.self)
        }
        if let capsule { try lockBudget(for: drafts, in: capsule) }
    }

    /// A capsule beyond a lowered budget still accepts assets without inline bytes.
    func requireBudget(
        for assets: [Asset], in capsule: CapsuleId, _ limits: MemoryLimits
    ) throws(UploadError) {
        let more = UInt64(assets.inlineBytes)
        guard more > 0 else { return }
        let held = try connection.first(
            "SELECT inline_bytes FROM capsules WHERE id = $1", capsule
        ) { row throws(UploadError) in try row.next(UInt64.self) }
        try Limits.require((held ?? 0) + more, atMost: limits.inlineBudgetBytes, .inlineBudgetBytes)
        try requireRoom(for: more, of: requireCapsule(capsule).owner, caller: limits.caller, limits.quotas)
    }
}

// MARK: - Rows

extension Queries {
    func insert(_ assets: [Asset], of memory: Int64, in capsule: CapsuleId) throws(UploadError) {
        for asset in assets {
            var blob: BlobId?
            var inline: [UInt8]?
            switch asset.content {
            case .blob(let id): blob = id
            case .inline(let bytes): inline = bytes
            }
            try connection.send(
                """
                INSERT INTO assets (memory, id, kind, content_type, size, width, height, digest, blob, inline)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                """, memory, asset.id, asset.kind.name, asset.contentType, asset.size, asset.width, asset.height,
                asset.digest, blob, inline)
        }
        try addInlineBytes(assets.inlineBytes, to: capsule)
    }

    func addInlineBytes(_ count: Int, to capsule: CapsuleId) throws(UploadError) {
        guard count != 0 else { return }
        try connection.send("UPDATE capsules SET inline_bytes = inline_bytes + $2 WHERE id = $1", capsule, count)
    }

    func assets(of memory: Int64) throws(UploadError) -> [Asset] { try assets(of: [memory])[memory] ?? [] }

    /// The assets of memories in the order in which they were added.
    func assets(of memories: [Int64]) throws(UploadError) -> [Int64: [Asset]] {
        let assets = try connection.all(
            """
            SELECT memory, id, kind, content_type, size, width, height, digest, blob, inline FROM assets
            WHERE memory = ANY($1) ORDER BY memory, seq
            """, ColumnArray(memories)
        ) { row throws(UploadError) in
            let memory: Int64 = try row.next()
            let id: AssetId = try row.next()
            let kind = AssetKind(try row.next())
            let contentType: String = try row.next()
            let size: UInt64 = try row.next()
            let width: UInt32? = try row.next()
            let height: UInt32? = try row.next()
            let digest: Digest = try row.next()
            let blob: BlobId? = try row.next()
            let inline: [UInt8]? = try row.next()
            let content: Asset.Content
            switch (blob, inline) {
            case (let blob?, nil): content = .blob(blob)
            case (nil, let bytes?): content = .inline(bytes)
            default: throw row.corrupt("and the column before it are both set, or both missing")
            }
            let asset = Asset(
                id: id, kind: kind, contentType: contentType, size: size, width: width, height: height, digest: digest,
                content: content)
            return (memory: memory, asset: asset)
        }
        return Dictionary(grouping: assets, by: \.memory).mapValues { $0.map(\.asset) }
    }
}

extension NewAsset {
    fileprivate var isInline: Bool {
        if case .inline = draft.content { true } else { false }
    }
}
