public import SessionCore
public import UploadCore

extension ModelCatalogue: SegmentCatalogue {
    public func receipts(
        of key: ObjectKey, in range: Range<UInt64>
    ) async throws(UploadError) -> [StorageReceipt] {
        try await read { state in
            state.uploads.values.first { $0.record.meta.key == key }?.receipts.filter { $0.range.overlaps(range) } ?? []
        }
    }

    public func announce(_ keys: [ObjectKey]) async throws(UploadError) {
        try await transact { state in state.announced.insert(keys, at: state.aging?.now ?? 0) }
    }

    /// Makes everything that is announced garbage, as a catalogue does after its time.
    public func expireAnnouncements() {
        change { state in state.garbage += state.announced.take(until: .max) }
    }

    /// All recorded receipts, and whether any key is announced or garbage.
    package var segments: (recorded: [StorageReceipt], hasOthers: Bool) {
        inspect { state in
            (
                state.uploads.values.flatMap(\.receipts), !state.announced.isEmpty || !state.garbage.isEmpty
            )
        }
    }
}

extension ModelCatalogue: SegmentCatalogueMaintenance {
    public func recordedSegments(
        after key: ObjectKey?, limit: Int
    ) async throws(UploadError) -> [RecordedSegment] {
        try await read { state in
            let segments = state.uses.map { RecordedSegment(key: $0.key, byteCount: UInt64($0.range.count)) }
            return Array(
                segments.drop { segment in key.map { segment.key.digest.hex <= $0.digest.hex } ?? false }.prefix(limit))
        }
    }

    public func uses(of keys: [ObjectKey]) async throws(UploadError) -> [SegmentUse] {
        try await read { state in state.uses.filter { keys.contains($0.key) } }
    }

    public func unknownSegments(among keys: [ObjectKey]) async throws(UploadError) -> [ObjectKey] {
        try await read { state in
            let known = Set(state.garbage).union(state.uses.map(\.key))
            return keys.filter { !known.contains($0) && !state.announced.contains($0) }
        }
    }

    public func concatenations(
        of upload: SessionId, after id: SessionId?, limit: Int
    ) async throws(UploadError) -> [SessionId] {
        try await read { state in
            let wholes = state.uploads.values.filter {
                $0.isCommitted && state.sources(of: $0.record.id).contains(upload)
            }
            let sorted = wholes.map(\.record.id).sorted { $0.text < $1.text }
            return Array(sorted.drop { whole in id.map { whole.text <= $0.text } ?? false }.prefix(limit))
        }
    }

    public func uploadsWithGaps(
        after id: SessionId?, limit: Int
    ) async throws(UploadError) -> (found: [SessionId], next: SessionId?) {
        try await read { state in
            let rest = state.uploads.values.sorted { $0.record.id.text < $1.record.id.text }
                .drop { upload in id.map { upload.record.id.text <= $0.text } ?? false }
            let page = rest.prefix(limit)
            let found = page.filter { upload in
                let record = upload.record
                guard record.parts.isEmpty, record.meta.storage == .file, !upload.isFreed,
                    upload.status.isPending == false || record.session.spec.chunkSize == nil
                else { return false }
                let bytes = upload.receipts.reduce(0) { $0 + UInt64($1.range.count) }
                let expected = upload.status.isPending ? record.session.offset : record.session.spec.expectedBytes
                return bytes != expected
            }
            return (found.map(\.record.id), page.count < limit ? nil : page.last?.record.id)
        }
    }

    public func forgetSegment(_ key: ObjectKey) async throws(UploadError) -> Bool {
        try await transact { state in
            guard let use = state.uses.first(where: { $0.key == key }),
                state.uploads[use.upload]?.status.isPending == true
            else { return false }
            state.forgetPieces(of: use.upload, in: [use.range])
            _ = state.claim(use.upload)
            return true
        }
    }
}

extension ModelState {
    /// The recorded segments, in the order of their keys.
    var uses: [SegmentUse] {
        uploads.values.flatMap { upload in
            upload.receipts.map { SegmentUse(key: $0.key, upload: upload.record.id, range: $0.range) }
        }.sorted { $0.key.digest.hex < $1.key.digest.hex }
    }
}
