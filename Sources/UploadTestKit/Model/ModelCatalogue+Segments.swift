public import UploadCore

extension ModelCatalogue: SegmentCatalogue {
    public func receipts(
        of key: ObjectKey, in range: Range<UInt64>
    ) async throws(UploadError) -> [StorageReceipt] {
        read { state in
            state.uploads.values.first { $0.record.meta.key == key }?.receipts.filter { $0.range.overlaps(range) } ?? []
        }
    }

    public func announce(_ keys: [ObjectKey]) async throws(UploadError) {
        try transact { state in state.announced.formUnion(keys) }
    }

    /// Makes everything that is announced garbage, as a catalogue does after its time.
    public func expireAnnouncements() {
        try? transact { state in
            state.garbage += state.announced
            state.announced = []
        }
    }
}
