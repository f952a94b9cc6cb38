public import SessionCore

/// The repair of a store after a crash, when it is opened.
///
/// The order of every operation leaves little to repair. Facts are recorded after their bytes are durable, so a crash
/// leaves bytes without a fact (which the next writer overwrites, or `seal` truncates), never the reverse. Ends are
/// recorded before bytes are freed, with the keys of the garbage in the same transaction, so that files that a crash
/// left unremoved are listed. Writers, hashes and finishes in progress exist in memory only.
public enum Recovery {
    /// One repair. Idempotent.
    public enum Repair: Hashable, Sendable {
        /// Remove the file of an ended upload, then its garbage entry.
        case removeGarbage(ObjectKey)
        /// Mark damaged pieces of a pending upload as missing, so that its client sends them again.
        case forgetPieces(of: SessionId)
    }

    /// Plans the repairs. Pure.
    ///
    /// - Parameter garbage: The garbage listed by the catalogue.
    /// - Returns: The repairs, in the order of the keys.
    public static func plan(garbage: some Sequence<ObjectKey>) -> [Repair] {
        Set(garbage).sorted { $0.digest.bytes.lexicographicallyPrecedes($1.digest.bytes) }.map(Repair.removeGarbage)
    }
}

extension Maintenance {
    /// Repairs the store after a crash, before it is used. The cost is proportional to the repairs. Idempotent.
    ///
    /// - Returns: The repairs made.
    /// - Throws: `unavailable`; a repeated call continues. Files that cannot be removed do not hold up the others.
    @discardableResult
    public func recover() async throws(UploadError) -> [Recovery.Repair] {
        var done: [Recovery.Repair] = []
        try await sessions.removeGarbage(batch: 1024) { done += Recovery.plan(garbage: $0) }
        return done
    }
}
