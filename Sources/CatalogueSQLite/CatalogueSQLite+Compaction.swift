public import UploadCore

extension CatalogueSQLite {
    /// Pages that one transaction of the compaction cuts off. Bounds the time that other calls wait for it.
    private static let pagesPerStep = 256
    /// Bounds the work of one call; the next one continues.
    private static let stepsMax = 64

    /// Cuts the free pages off the file, and empties the log if it holds deleted rows.
    ///
    /// Only a database with `auto_vacuum` can be cut; any other keeps its free pages for rows to come. Without room the
    /// log stays, because deletions can reuse its space.
    public func compact() async throws(UploadError) {
        var free = try await read { queries throws(UploadError) in try queries.connection.cuttablePages() }
        for _ in 0..<Self.stepsMax where free > 0 {
            let left = try await write { queries throws(UploadError) in
                try queries.connection.cutFreePages(Self.pagesPerStep)
            }
            guard left < free else { break }
            free = left
        }
        try await read { [context] queries throws(UploadError) in
            guard queries.connection.logHoldsDeletedRows else { return }
            try context?.requireRoom(for: 0)
            queries.connection.emptiesLog = true
        }
    }
}

extension Connection {
    fileprivate func freePages() throws(UploadError) -> Int {
        try number("freelist_count")
    }

    /// The free pages that can be cut off.
    fileprivate func cuttablePages() throws(UploadError) -> Int {
        try number("auto_vacuum") == 0 ? 0 : freePages()
    }

    private func number(_ pragma: String) throws(UploadError) -> Int {
        try first("PRAGMA \(pragma)") { row throws(UploadError) in try row.next(Int.self) } ?? 0
    }

    /// Fills up to `count` free pages with pages of the end of the file, which then ends before them.
    ///
    /// - Returns: The number of free pages left.
    fileprivate func cutFreePages(_ count: Int) throws(UploadError) -> Int {
        // A row for each page.
        _ = try all("PRAGMA incremental_vacuum(\(count))") { _ throws(UploadError) in }
        logHoldsDeletedRows = true
        return try freePages()
    }
}
