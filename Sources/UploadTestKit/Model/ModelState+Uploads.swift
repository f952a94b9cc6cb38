import DeliberateFaults
import SessionCore
import UploadCore

extension ModelState {
    mutating func begin(_ draft: UploadDraft, checkAccess: AccessCheck) throws(UploadError) -> Began {
        var record = draft.record
        let capsule = try requireCapsule(record.meta.capsule)
        try checkAccess(capsule)
        if draft.takesCapsuleRecipe { record.meta.recipe = capsule.recipe }
        let upload = ModelUpload(record: record, link: draft.link)
        if let earlier = upload.key.flatMap({ keys[$0] }).flatMap({ uploads[$0] }) {
            guard earlier.record.fingerprint == record.fingerprint else { throw UploadError(.idempotencyConflict) }
            return .replayed(earlier.record)
        }
        if draft.isPending, !record.meta.isPartial {
            try Limits.require(active[upload.owner, default: 0] + 1, atMost: draft.activeMax, .activeUploads)
        }
        for companion in record.meta.companions {
            guard let (_, home) = blob(companion.blob), home.id == capsule.id,
                uploads[companion.blob.value]?.record.meta.caller == record.meta.caller
                    || capsule.permitsReading(by: record.meta.caller)
            else { throw UploadError(.notFound(.blob)) }
        }
        try requireRoom(for: draft, in: capsule)
        if let link = draft.link { try draft.requireRoom(in: status(of: link)) }
        if record.meta.recipe != nil {
            let pending = countPendingDerivations(of: record.meta.caller)
            try Limits.require(pending + 1, atMost: draft.pendingDerivationsMax, .pendingDerivations)
        }
        guard uploads[record.id] == nil else { throw UploadError(.alreadyExists) }
        if let source = draft.source { return .created(try insert(upload, copyOf: source, capsule.owner)) }
        try requireParts(of: record)
        try requireModestParts(of: record, draft.allowance)
        return .created(insert(upload, content: draft.content))
    }

    /// Parts are pending or committed uploads that were begun as parts, by the same caller in the same capsule.
    private func requireParts(of record: UploadRecord) throws(UploadError) {
        for id in record.parts {
            guard let part = uploads[id], !part.isEnded, part.record.meta.capsule == record.meta.capsule,
                part.record.meta.caller == record.meta.caller
            else { throw UploadError(.notFound(.upload)) }
            guard part.record.meta.isPartial else {
                throw UploadError(.invalidArgument("parts", "name an upload that was not begun as a part"))
            }
        }
    }

    /// A committed concatenation of one blob.
    private mutating func insert(
        _ draft: ModelUpload, copyOf source: BlobId, _ owner: Principal
    ) throws(UploadError) -> UploadRecord {
        guard let original = uploads[source.value], original.isBlob, let digest = original.record.digest,
            try requireCapsule(original.record.meta.capsule).owner == owner
        else { throw UploadError(.notFound(.blob)) }
        var copy = draft
        copy.commit(
            length: original.record.session.spec.expectedBytes ?? 0, digest: digest,
            at: copy.record.session.meta.createdAt)
        copy.extents = original.extents
        copy.wholeDigest = original.wholeDigest
        return insert(copy, content: nil)
    }

    private mutating func insert(_ draft: ModelUpload, content: UploadDraft.Content?) -> UploadRecord {
        var upload = draft
        // Drops the writers, which are not durable.
        upload.record.session = upload.record.session.changing()
        if let content {
            upload.bytes = content.bytes
            upload.commit(
                length: UInt64(content.bytes.count), digest: .whole(content.digest),
                at: upload.record.session.meta.createdAt)
        }
        if upload.isCommitted { beginDerivation(of: upload, at: upload.record.session.meta.createdAt) }
        if upload.isActive { active[upload.owner, default: 0] += 1 }
        begun += 1
        if let link = upload.link { linkUses[link, default: 0] += 1 }
        upload.number = begun
        uploads[upload.record.id] = upload
        if let key = upload.key { keys[key] = upload.record.id }
        if !upload.record.parts.isEmpty { concatenations.insert(upload.record.id) }
        return upload.record
    }

    func findPending(capsule: CapsuleId, caller: Principal, key: IdempotencyKey) -> UploadRecord? {
        let owner = SessionOwner(capsule: capsule, caller: caller)
        guard let id = keys[ModelKey(owner: owner, key: key)], let upload = uploads[id], upload.status.isPending
        else { return nil }
        return upload.record
    }
}

extension ModelState {
    mutating func claim(_ id: SessionId) -> UploadRecord? {
        guard let upload = uploads[id], upload.status.isPending else { return uploads[id]?.record }
        uploads[id]?.record.fence = Fence(epoch: upload.record.fence.epoch + 1)
        return uploads[id]?.record
    }

    mutating func record(
        _ piece: DurablePiece, of id: SessionId, fence: Fence, seen: Timestamp, _ admission: Admission
    ) throws(UploadError) {
        var upload = try requirePending(id, fence)
        let before = upload
        try admission.checkAccess(requireCapsule(upload.record.meta.capsule))
        let (taken, unneeded) = try upload.keepReceipts(
            of: piece, announced: isShared && !DeliberateFault.recordUnannounced.isOn ? announced : nil)
        let session = upload.record.session
        // A known length never changes: the caller's ledger has checked the piece against it.
        let length = session.spec.expectedBytes ?? piece.length
        switch piece.place {
        case .chunk(let index):
            upload.record.session = session.changing(length: length, pieces: session.pieces.inserting(index))
        case .append(let offset):
            upload.record.session = session.changing(length: length, offset: max(session.offset, offset))
        }
        upload.keepChecksums(of: piece, after: session.offset)
        upload.keepPrefixHash(of: piece)
        upload.record.session.touch(at: seen)
        if let (offset, bytes) = piece.bytes, upload.record.meta.storage == .catalogue {
            upload.store(bytes, at: Int(clamping: offset))
        }
        try requireRoom(for: upload, insteadOf: before, admission.allowance)
        uploads[id] = upload
        if !DeliberateFault.recordUnannounced.isOn { announced.remove(taken + unneeded) }
        garbage += unneeded
    }

    mutating func amend(
        _ id: SessionId, asset: AssetMetadata?, length: UInt64?, fence: Fence, seen: Timestamp, _ admission: Admission
    ) throws(UploadError) {
        var upload = try requirePending(id, fence)
        let before = upload
        try admission.checkAccess(requireCapsule(upload.record.meta.capsule))
        if let length {
            do throws(SessionError) {
                try upload.record.session.declareLength(length)
            } catch {
                throw UploadError(error, session: upload.record.session)
            }
        }
        try requireRoom(for: upload, insteadOf: before, admission.allowance)
        if let asset { upload.record.meta.asset = asset }
        upload.record.session.touch(at: seen)
        uploads[id] = upload
    }

    mutating func touch(_ seen: [SessionId: Timestamp]) {
        for (id, time) in seen where uploads[id]?.canExpire == true {
            uploads[id]?.record.session.touch(at: time)
        }
    }

    mutating func forgetPieces(of id: SessionId, in ranges: [Range<UInt64>]) {
        guard var upload = uploads[id], upload.status.isPending else { return }
        let session = upload.record.session
        if let chunkSize = session.spec.chunkSize {
            var kept = PieceSet()
            for index in session.pieces.ranges().joined() {
                let chunk = index * chunkSize..<min((index + 1) * chunkSize, session.spec.expectedBytes ?? .max)
                guard ranges.contains(where: { $0.overlaps(chunk) }) else {
                    kept.insert(index)
                    continue
                }
                let stored = chunk.clamped(to: 0..<UInt64(upload.bytes.count))
                for place in stored { upload.bytes[Int(place)] = nil }
            }
            upload.record.session = session.changing(pieces: kept)
            upload.record.prefixHash = nil
            upload.chunkDigests = upload.chunkDigests.filter { kept.contains($0.key) }
            let forgotten = ranges.map { $0.blocks(of: chunkSize) }
            garbage += upload.releaseReceipts { receipt in
                forgotten.contains { $0.contains(receipt.range.lowerBound / chunkSize) }
            }
        } else if let size = ranges.filter({ !$0.isEmpty }).map(\.lowerBound).min(), size < session.offset {
            let block = size - size % SessionLayout.append.blockBytes
            // A segment is kept or forgotten as a whole.
            let kept =
                upload.receipts.last { $0.range.lowerBound <= block }.map {
                    $0.range.contains(block) ? $0.range.lowerBound : block
                } ?? block
            garbage += upload.releaseReceipts { $0.range.lowerBound >= kept }
            upload.record.session = session.changing(offset: kept)
            upload.record.tailChecksum = kept % SessionLayout.append.blockBytes == 0 ? .empty : nil
            upload.record.prefixHash = nil
            upload.bytes = Array(upload.bytes.prefix(Int(clamping: kept)))
        }
        uploads[id] = upload
    }
}

extension ModelUpload {
    /// - Returns: The keys of the receipts that are gone.
    fileprivate mutating func releaseReceipts(where isForgotten: (StorageReceipt) -> Bool) -> [ObjectKey] {
        let released = receipts.filter(isForgotten)
        receipts.removeAll(where: isForgotten)
        return released.map(\.key)
    }
}

// MARK: - Checksums

extension ModelUpload {
    mutating func keepChecksums(of piece: DurablePiece, after offset: UInt64) {
        if record.meta.storage == .file {
            for block in piece.checksums { checksums[block.index] = block.checksum }
        }
        if case .append(let end) = piece.place, end > offset { record.tailChecksum = piece.tailChecksum }
    }

    mutating func keepPrefixHash(of piece: DurablePiece) {
        guard record.meta.storage == .file, let hash = piece.prefixHash,
            hash.byteCount > record.prefixHash?.byteCount ?? 0, hash.byteCount <= record.session.contiguousBytes
        else { return }
        record.prefixHash = hash
    }

    func checksums(in range: Range<UInt64>) -> BlockChecksums {
        let spec = record.session.spec
        guard record.meta.storage == .file, !range.isEmpty else {
            return BlockChecksums(spec.layout)
        }
        let blocks = range.blocks(of: spec.layout.blockBytes)
        let end = status.isPending ? record.session.offset : spec.expectedBytes
        let tail =
            spec.chunkSize == nil
            ? end.flatMap { end in
                record.tailChecksum.map { BlockChecksums.Tail(end: end, checksum: $0) }
            } : nil
        return BlockChecksums(spec.layout, blocks: checksums.filter { blocks.contains($0.key) }, tail: tail)
    }
}

// MARK: - Receipts

extension ModelUpload {
    /// Keeps the receipts of a piece, except those of bytes that are durable already: the first bytes win. Receipts that
    /// were kept before change nothing.
    ///
    /// - Parameter announced: The keys that may be recorded; nil for all.
    /// - Returns: The keys of the new receipts, and those of segments that are garbage.
    /// - Throws: `chunk_conflict`; `unavailable` for a key that is not announced; `superseded` for an append that does not
    ///   continue at the offset.
    mutating func keepReceipts(
        of piece: DurablePiece, announced: ModelAnnouncements?
    ) throws(UploadError) -> (taken: [ObjectKey], unneeded: [ObjectKey]) {
        var others = piece.receipts.filter { !receipts.contains($0) }
        var durable: [StorageReceipt] = []
        switch piece.place {
        case .chunk(let index) where record.session.pieces.contains(index):
            guard piece.digest == chunkDigests[index] || DeliberateFault.recordOtherChunks.isOn else {
                throw UploadError(.chunkConflict(index: index))
            }
            (durable, others) = (others, [])
        case .chunk(let index):
            chunkDigests[index] = piece.digest
        case .append(let end):
            let offset = record.session.offset
            durable = others.filter { end <= offset || $0.range.upperBound <= offset }
            others.removeAll { durable.contains($0) }
            if let first = others.first, first.range.lowerBound != offset { throw UploadError(.superseded) }
        }
        if let announced, let missing = others.first(where: { !announced.contains($0.key) }) {
            throw UploadError(.unavailable(detail: "segment \(missing.key.digest.hex) is not announced any more"))
        }
        receipts = (receipts + others).sorted { $0.range.lowerBound < $1.range.lowerBound }
        // What is not announced any more is garbage already.
        return (others.map(\.key), durable.map(\.key).filter { announced?.contains($0) ?? true })
    }
}

// MARK: - Bytes in the catalogue

extension ModelUpload {
    /// The first write to each position wins.
    mutating func store(_ new: [UInt8], at offset: Int) {
        if bytes.count < offset + new.count {
            bytes.append(contentsOf: repeatElement(nil, count: offset + new.count - bytes.count))
        }
        for (index, byte) in new.enumerated() where bytes[offset + index] == nil {
            bytes[offset + index] = byte
        }
    }

    func storedBytes(_ range: Range<UInt64>) -> [UInt8] {
        bytes.prefix(Int(clamping: range.upperBound)).dropFirst(Int(clamping: range.lowerBound))
            .prefix { $0 != nil }.compactMap { $0 }
    }
}
