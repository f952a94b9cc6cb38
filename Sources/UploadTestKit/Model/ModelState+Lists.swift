import SessionCore
import UploadCore
import UploadDerivation
import UploadMemories

extension ModelState {
    func lastSeen(before time: Timestamp, limit: Int) -> [SessionId] {
        let due = uploads.values.filter { upload in
            upload.canExpire && upload.record.session.meta.lastSeen < time
                && !pendingConcatenationCounts(on: upload.record.id)
        }
        let ordered = due.sorted { left, right in
            let times = (left.record.session.meta.lastSeen, right.record.session.meta.lastSeen)
            return times.0 == times.1 ? left.record.id < right.record.id : times.0 < times.1
        }
        return ordered.prefix(max(0, limit)).map(\.record.id)
    }

    func uploads(_ filter: UploadFilter, after id: SessionId?, limit: Int) -> [ListedUpload] {
        let matching = uploads.values.map(\.record).filter { record in
            if let id, record.id <= id { return false }
            if let capsule = filter.capsule, record.meta.capsule != capsule { return false }
            if let caller = filter.caller, record.meta.caller != caller { return false }
            return filter.state == nil || filter.state == UploadFilter.State(record.session.meta.status)
        }
        return matching.sorted { $0.id < $1.id }.prefix(max(0, limit)).map { record in
            ListedUpload(record: record, derivation: record.blob == nil ? nil : derivation(of: record.id))
        }
    }

    func blob(_ id: BlobId) -> (blob: Blob, capsule: Capsule)? {
        guard let upload = uploads[id.value], upload.isBlob, let digest = upload.record.digest,
            let capsule = capsules[upload.record.meta.capsule]
        else { return nil }
        let record = upload.record
        let blob = Blob(
            id: id, capsule: capsule.id, asset: record.meta.asset, size: record.session.spec.expectedBytes ?? 0,
            digest: digest, chunkSize: record.parts.isEmpty ? record.session.spec.chunkSize : nil,
            createdAt: record.session.meta.createdAt, extents: upload.extents ?? [])
        return (blob, capsule)
    }
}

// MARK: - Lists of blobs

extension ModelState {
    private var allBlobs: [BlobSummary] {
        uploads.keys.compactMap { blob(BlobId($0))?.blob.summary }.sorted { $0.id < $1.id }
    }

    func blobs(_ filter: BlobFilter, after cursor: SessionId?, limit: Int) -> BlobPage {
        let isNewest = filter.order == .newestFirst
        let matching = allBlobs.filter { blob in
            if let cursor, isNewest ? blob.id.value >= cursor : blob.id.value <= cursor { return false }
            guard blob.capsule == filter.capsule, filter.selects(blob.asset.name) else { return false }
            return !filter.isInNoMemory || !isInUse(blob.id) && derivations[blob.id.value]?.state != .pending
        }
        let page = Array((isNewest ? matching.reversed() : matching).prefix(max(1, limit)))
        return BlobPage(blobs: page, next: page.count == max(1, limit) ? page.last?.id.value : nil)
    }

    func blobs(
        withDigests digests: [Digest], in capsule: CapsuleId, andThoseOf owner: Principal?
    ) -> [BlobSummary] {
        let blobs = allBlobs
        return digests.compactMap { digest in
            let same = blobs.filter { $0.digest == .whole(digest) }
            return same.first { $0.capsule == capsule }
                ?? same.first { owner != nil && capsules[$0.capsule]?.owner == owner }
        }
    }
}

extension BlobFilter {
    fileprivate func selects(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        if let namePrefix, !bytes.starts(with: namePrefix.utf8) { return false }
        guard let nameContains, !nameContains.isEmpty else { return true }
        let (lower, wanted) = (bytes.asciiLowercased, Array(nameContains.utf8).asciiLowercased)
        return lower.indices.contains { lower[$0...].starts(with: wanted) }
    }
}

extension [UInt8] {
    fileprivate var asciiLowercased: [UInt8] { map { (65...90).contains($0) ? $0 + 32 : $0 } }
}

// MARK: - Capsules

extension ModelState {
    mutating func createCapsule(_ capsule: Capsule, capsulesMax: UInt64 = .max) throws(UploadError) {
        guard capsules[capsule.id] == nil else { throw UploadError(.alreadyExists) }
        try Limits.require(usage(of: capsule.owner).capsules + 1, atMost: capsulesMax, .capsules)
        capsules[capsule.id] = capsule
    }

    mutating func defaultCapsule(_ draft: Capsule) throws(UploadError) -> Capsule {
        if let id = defaults[draft.owner] { return try requireCapsule(id) }
        try createCapsule(draft)
        defaults[draft.owner] = draft.id
        return draft
    }

    func capsules(of principal: Principal, after id: CapsuleId?, limit: Int) -> [Capsule] {
        let matching = capsules.values.filter { capsule in
            if let id, capsule.id <= id { return false }
            return capsule.role(of: principal) != nil
        }
        return Array(matching.sorted { $0.id < $1.id }.prefix(max(0, limit)))
    }

    mutating func updateCapsule(
        _ id: CapsuleId, _ change: CapsuleChange, checkAccess: AccessCheck
    ) throws(UploadError) -> Capsule {
        let capsule = try requireCapsule(id)
        try checkAccess(capsule)
        let changed = change.applied(to: capsule)
        capsules[id] = changed
        return changed
    }

    mutating func setRole(
        _ role: Role?, of principal: Principal, in id: CapsuleId, membersMax: UInt64, checkAccess: AccessCheck
    ) throws(UploadError) {
        var capsule = try requireCapsule(id)
        try checkAccess(capsule)
        guard role != .owner, role != .uploader else {
            throw UploadError(.invalidArgument("role", "is neither reader nor writer"))
        }
        let isMember = capsule.writers.contains(principal) || capsule.readers.contains(principal)
        if role != nil, !isMember {
            try Limits.require(usage(of: capsule.owner).members + 1, atMost: membersMax, .membersPerOwner)
        }
        capsule.writers.remove(principal)
        capsule.readers.remove(principal)
        switch role {
        case .writer: capsule.writers.insert(principal)
        case .reader: capsule.readers.insert(principal)
        case .uploader, .owner, nil: break
        }
        capsules[id] = capsule
    }
}

// MARK: - Invariants

extension ModelState {
    /// The invariants violated between two calls. Every entry is a bug of the model.
    func problems() -> [String] {
        uploadProblems() + garbageProblems() + memoryProblems()
    }

    private func uploadProblems() -> [String] {
        var problems: [String] = []
        for (id, upload) in uploads {
            if upload.isCommitted != (upload.record.digest != nil), !upload.isEnded {
                problems.append("upload \(id.text) is committed without a digest, or has one uncommitted")
            }
            if !upload.isEnded, let key = upload.key, keys[key] != id {
                problems.append("upload \(id.text) is not found by its key")
            }
        }
        for (owner, count) in active {
            let pending = uploads.values.count { $0.owner == owner && $0.isActive }
            if count != UInt64(pending) {
                problems.append("the count of pending uploads is \(count), expected \(pending)")
            }
        }
        return problems
    }

    private func garbageProblems() -> [String] {
        let parts = concatenations.flatMap { sources(of: $0) }.filter { uploads[$0]?.record.digest != nil }
        let live = Set(parts).union(
            uploads.values.filter { !$0.isEnded }.map(\.record.id))
        let keys = Set(live.compactMap { uploads[$0]?.record.meta.key })
        let listedTwice = garbage.count == Set(garbage).count ? [] : ["an object is listed as garbage twice"]
        let needed = garbage.filter { keys.contains($0) }
        return listedTwice + needed.map { "object \($0.digest.hex) is in use and listed as garbage" }
    }

    private func memoryProblems() -> [String] {
        memories.values.flatMap(\.memory.assets).compactMap { asset in
            guard case .blob(let id) = asset.content, blob(id) == nil else { return nil }
            return "asset \(asset.id.text) refers to the missing blob \(id.text)"
        }
    }
}
