/// What a crash can leave behind, and what is done about it when a store is opened.
///
/// The order of every operation is chosen so that little is left to repair. Facts are recorded after the bytes they speak
/// of, so a crash leaves bytes without a fact (which the next writer overwrites, or `seal` cuts off), never the reverse.
/// Ends are recorded before bytes are freed, with the keys of the garbage in the same transaction, so that what a crash
/// leaves unremoved is listed. Writers, hashes and finishes under way exist in memory only and are gone with it.
public enum Recovery {
    /// One thing to do. Doing it twice is the same as doing it once.
    public enum Repair: Hashable, Sendable {
        /// Remove the file of an upload that has ended, then forget that it was garbage.
        case removeGarbage(ObjectKey)
    }

    /// What is to be done, from what the catalogue lists. Pure.
    ///
    /// - Parameter garbage: Keys listed as garbage.
    /// - Returns: Repairs in an order that does not depend on that of the list.
    public static func plan(garbage: some Sequence<ObjectKey>) -> [Repair] {
        Set(garbage).sorted { $0.digest.bytes.lexicographicallyPrecedes($1.digest.bytes) }.map(Repair.removeGarbage)
    }
}

extension SessionCompat {
    /// Repairs what a crash left, before anybody else uses the store. Costs what is to be repaired. Running it again
    /// changes nothing.
    ///
    /// - Returns: What was done.
    /// - Throws: `unavailable`; run it again then.
    @discardableResult
    public func recover() async throws(UploadError) -> [Recovery.Repair] {
        let batch = 1024
        var done: [Recovery.Repair] = []
        while true {
            let plan = Recovery.plan(garbage: try await catalogue.garbage(limit: batch))
            guard !plan.isEmpty else { return done }
            let keys = plan.map { repair in
                switch repair {
                case .removeGarbage(let key): key
                }
            }
            try await remove(keys)
            done += plan
        }
    }
}
