public import UploadCore

extension S3BlobStore {
    /// Segments that are asked for, of one range.
    static let askedMax = 16
    /// Segments that are asked for at the same time.
    private static let askedAtOnce = 8
    /// In a longer range receipts are looked up at single places, since there may be many small ones.
    private static let lookUpBytes: UInt64 = 256 << 20

    /// A request for each of at most 16 segments: a sample of a longer range, with its first and its last one.
    public func has(_ range: Range<UInt64>, of key: ObjectKey) async throws(UploadError) -> Bool {
        if range.isEmpty { return true }
        guard let receipts = try await sample(of: range, of: key) else { return false }
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

    /// - Returns: Nil if bytes have no receipt.
    private func sample(of range: Range<UInt64>, of key: ObjectKey) async throws(UploadError) -> [StorageReceipt]? {
        guard range.count <= Self.lookUpBytes else {
            var receipts: [StorageReceipt] = []
            for place in Self.spread(Self.askedMax, over: UInt64(range.count)) {
                let position = range.lowerBound + place
                guard let receipt = try await catalogue.receipts(of: key, in: position..<position + 1).first else {
                    return nil
                }
                if receipts.last != receipt { receipts.append(receipt) }
            }
            return receipts
        }
        let receipts = try await catalogue.receipts(of: key, in: range)
        var position = range.lowerBound
        for receipt in receipts {
            guard receipt.range.lowerBound <= position else { return nil }
            position = receipt.range.upperBound
        }
        guard position >= range.upperBound else { return nil }
        return Self.spread(Self.askedMax, over: UInt64(receipts.count)).map { receipts[Int($0)] }
    }

    /// At most `number` places of so many, evenly spread, with the first and the last one.
    static func spread(_ number: Int, over count: UInt64) -> [UInt64] {
        guard count > UInt64(number) else { return Array(0..<count) }
        let (steps, last) = (UInt64(number) - 1, count - 1)
        let (step, rest) = last.quotientAndRemainder(dividingBy: steps)
        return (0...steps).map { $0 * step + $0 * rest / steps }
    }

    private func hasSegment(_ receipt: StorageReceipt) async -> Result<Bool, UploadError> {
        do throws(UploadError) {
            return .success(try await size(ofSegment: receipt.key) == UInt64(receipt.range.count))
        } catch {
            return .failure(error)
        }
    }
}
