import SessionCore
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
