import CatalogueRows
import SessionCore
import UploadCore
import UploadMemories

extension Queries {
    func addAsset(
        _ new: NewAsset, to id: MemoryId, limits: MemoryLimits, checkAccess: AccessCheck
    ) throws(UploadError) -> (memory: Memory, isNew: Bool) {
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
        let row = try requireMemory(id, checkAccess)
        var memory = try self.memory(row)
        guard let index = memory.assets.firstIndex(where: { $0.id == asset }) else {
            throw UploadError(.notFound(.asset))
        }
        let removed = memory.assets.remove(at: index)
        try connection.run("DELETE FROM assets WHERE memory = ?1 AND id = ?2", row.seq, asset)
        try addInlineBytes(-[removed].inlineBytes, to: row.capsule)
        return (memory, withBlob ? try endBlobs(of: [removed], at: now) : [])
    }

    /// Ends the blobs of removed assets, unless another asset uses them.
    func endBlobs(of assets: [Asset], at now: Timestamp) throws(UploadError) -> [ObjectKey] {
        var freed: [ObjectKey] = []
        for case .blob(let blob) in assets.map(\.content) where try !isInUse(blob) {
            // A blob that two of the assets used has ended already.
            guard let upload = try head(blob.value), upload.isBlob else { continue }
            freed += try end(upload, as: .aborted(at: now))
        }
        return freed
    }

    func isInUse(_ blob: BlobId) throws(UploadError) -> Bool {
        try connection.exists("SELECT 1 FROM assets WHERE blob = ?1", blob)
    }
}

// MARK: - Drafts

extension Queries {
    /// Turns drafts into assets. For a blob, type, size and digest are the blob's.
    func assets(_ drafts: [NewAsset], in capsule: CapsuleId) throws(UploadError) -> [Asset] {
        var assets: [Asset] = []
        var ids: Set<AssetId> = []
        for new in drafts {
            guard ids.insert(new.id).inserted else { throw UploadError(.alreadyExists) }
            assets.append(try asset(new, in: capsule))
        }
        return assets
    }

    /// Those whose blobs exist.
    func companions(_ drafts: [NewAsset], in capsule: CapsuleId) throws(UploadError) -> [Asset] {
        var assets: [Asset] = []
        for new in drafts {
            do throws(UploadError) {
                assets.append(try asset(new, in: capsule))
            } catch {
                guard error.code == .notFound else { throw error }
            }
        }
        return assets
    }

    private func asset(_ new: NewAsset, in capsule: CapsuleId) throws(UploadError) -> Asset {
        switch new.draft.content {
        case .blob(let id):
            let row = try connection.first(
                """
                SELECT content_type, length, digest FROM uploads
                WHERE id = ?1 AND capsule = ?2 AND state = 1 AND is_partial = 0
                """, id, capsule
            ) { row throws(UploadError) in
                new.asset(
                    contentType: try row.next(), size: try row.next(), digest: try row.next(), content: .blob(id))
            }
            guard let row else { throw UploadError(.notFound(.blob)) }
            return row
        case .inline(let bytes, let contentType):
            return new.asset(
                contentType: contentType, size: UInt64(bytes.count), digest: new.digest ?? Digest(of: bytes),
                content: .inline(bytes))
        }
    }

    /// A capsule beyond a lowered budget still accepts assets without inline bytes.
    func requireBudget(
        for assets: [Asset], in capsule: CapsuleId, _ limits: MemoryLimits
    ) throws(UploadError) {
        let more = UInt64(assets.inlineBytes)
        guard more > 0 else { return }
        let held = try connection.first(
            "SELECT inline_bytes FROM capsules WHERE id = ?1", capsule
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
            try connection.run(
                """
                INSERT INTO assets (memory, id, kind, content_type, size, width, height, digest, blob, inline)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
                """, memory, asset.id, asset.kind.name, asset.contentType, asset.size, asset.width, asset.height,
                asset.digest, blob, inline)
        }
        try addInlineBytes(assets.inlineBytes, to: capsule)
    }

    func addInlineBytes(_ count: Int, to capsule: CapsuleId) throws(UploadError) {
        guard count != 0 else { return }
        try connection.run("UPDATE capsules SET inline_bytes = inline_bytes + ?2 WHERE id = ?1", capsule, count)
    }

    /// The assets of a memory in the order in which they were added.
    func assets(of memory: Int64) throws(UploadError) -> [Asset] {
        try connection.all(
            """
            SELECT id, kind, content_type, size, width, height, digest, blob, inline FROM assets
            WHERE memory = ?1 ORDER BY seq
            """, memory
        ) { row throws(UploadError) in
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
            return Asset(
                id: id, kind: kind, contentType: contentType, size: size, width: width, height: height, digest: digest,
                content: content)
        }
    }
}
