public import SessionCore
import Synchronization
public import UploadCore

extension CataloguePostgres {
    public func announce(_ keys: [ObjectKey]) async throws(UploadError) {
        try await write { queries throws(UploadError) in try queries.announce(keys) }
    }

    public func receipts(
        of key: ObjectKey, in range: Range<UInt64>
    ) async throws(UploadError) -> [StorageReceipt] {
        try await read { queries throws(UploadError) in try queries.receipts(of: key, in: range) }
    }

    public func garbage(limit: Int) async throws(UploadError) -> [ObjectKey] {
        // Takes old announcements, too.
        try await write { queries throws(UploadError) in try queries.garbage(limit: limit) }
    }

    public func forgetGarbage(_ keys: [ObjectKey]) async throws(UploadError) {
        try await write { queries throws(UploadError) in try queries.forgetGarbage(keys) }
        removalBackOff.withLock { $0.removed(keys) }
    }

    public func postponeGarbage(_ keys: [ObjectKey]) async throws(UploadError) {
        let delays = removalBackOff.withLock { $0.delays(of: keys) }
        try await write { queries throws(UploadError) in try queries.postponeGarbage(delays) }
    }
}

extension CataloguePostgres: SegmentCatalogueMaintenance {
    public func recordedSegments(
        after key: ObjectKey?, limit: Int
    ) async throws(UploadError) -> [RecordedSegment] {
        try await read { queries throws(UploadError) in try queries.recordedSegments(after: key, limit: limit) }
    }

    public func uses(of keys: [ObjectKey]) async throws(UploadError) -> [SegmentUse] {
        try await read { queries throws(UploadError) in try queries.uses(of: keys) }
    }

    public func unknownSegments(among keys: [ObjectKey]) async throws(UploadError) -> [ObjectKey] {
        try await read { queries throws(UploadError) in try queries.unknownSegments(among: keys) }
    }

    public func concatenations(
        of upload: SessionId, after id: SessionId?, limit: Int
    ) async throws(UploadError) -> [SessionId] {
        try await check { queries throws(UploadError) in
            try queries.concatenations(of: upload, after: id, limit: limit)
        }
    }

    public func uploadsWithGaps(
        after id: SessionId?, limit: Int
    ) async throws(UploadError) -> (found: [SessionId], next: SessionId?) {
        try await check { queries throws(UploadError) in try queries.uploadsWithGaps(after: id, limit: limit) }
    }

    public func forgetSegment(_ key: ObjectKey) async throws(UploadError) -> Bool {
        try await write { queries throws(UploadError) in try queries.forgetSegment(key) }
    }
}

// MARK: - Problems

extension CataloguePostgres {
    /// The rows of a table that one transaction of `problems` examines.
    static let problemRows = 10_000
    /// The problems after which `problems` looks for no others.
    static let problemsMax = 10_000

    /// Examines the tables in parts, each in a transaction of its own, and the sums in one statement each. A statement may take
    /// `PostgresSettings.checkTimeout`.
    ///
    /// - Returns: At most about `problemsMax`; the last one says so.
    public func problems() async throws(UploadError) -> [String] {
        try await problems(rows: Self.problemRows, atMost: Self.problemsMax)
    }

    func problems(rows: Int, atMost limit: Int) async throws(UploadError) -> [String] {
        var found: [String] = []
        var part: ProblemPart? = .first
        while let current = part {
            let (more, next) = try await check { queries throws(UploadError) in
                try queries.problems(of: current, rows: rows)
            }
            found += more
            guard found.count <= limit else {
                return found.prefix(limit) + ["there are more problems than these \(limit)"]
            }
            part = next
        }
        return found
    }
}
