public import UploadCore

extension S3BlobStore {
    /// Segments that are asked for at the same time.
    private static let askedAtOnce = 8
    /// Receipts are looked up for ranges of this size, since there may be many small ones.
    private static let lookUpBytes: UInt64 = 256 << 20

    /// A request for each segment.
    public func has(_ range: Range<UInt64>, of key: ObjectKey) async throws(UploadError) -> Bool {
        var position = range.lowerBound
        while position < range.upperBound {
            let end = min(range.upperBound, position.addingReportingOverflow(Self.lookUpBytes).partialValue)
            let receipts = try await catalogue.receipts(of: key, in: position..<max(end, position + 1))
            for receipt in receipts {
                guard receipt.range.lowerBound <= position else { return false }
                position = receipt.range.upperBound
            }
            guard position >= end, try await hasSegments(receipts) else { return false }
        }
        return true
    }

    private func hasSegments(_ receipts: [StorageReceipt]) async throws(UploadError) -> Bool {
        for start in stride(from: 0, to: receipts.count, by: Self.askedAtOnce) {
            let some = receipts[start..<min(start + Self.askedAtOnce, receipts.count)]
            let results = await withTaskGroup(of: Result<Bool, UploadError>.self) { group in
                for receipt in some { group.addTask { await self.hasSegment(receipt) } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            for result in results where try !result.get() { return false }
        }
        return true
    }

    private func hasSegment(_ receipt: StorageReceipt) async -> Result<Bool, UploadError> {
        do throws(UploadError) {
            return .success(try await size(ofSegment: receipt.key) == UInt64(receipt.range.count))
        } catch {
            return .failure(error)
        }
    }
}
