import DeliberateFaults
import SessionCore

extension Maintenance where Blobs: BlobStoreMaintenance {
    /// Verifies the pending uploads if the machine lost power, or was reset, while the store held unsynced writes
    /// (`Durability.processCrash`), and marks what is damaged as missing, for the clients to send again. Reads the bytes
    /// of all pending uploads. Idempotent.
    ///
    /// An upload whose bytes cannot be read stays as it is, and the next opening verifies again.
    ///
    /// - Returns: The repairs made.
    /// - Throws: `unavailable` if the catalogue cannot be read or changed; the next call verifies all pending uploads again.
    @discardableResult
    public func recoverPendingUploads() async throws(UploadError) -> [Recovery.Repair] {
        var state = try await catalogue.maintenanceState()
        guard state.needsVerification, !DeliberateFault.skipVerificationAfterPowerLoss.isOn else { return [] }
        var repairs: [Recovery.Repair] = []
        var (last, isComplete): (SessionId?, Bool) = (nil, true)
        while true {
            let page = try await sessions.listAllSessions(state: .pending, after: last)
            for record in page.map(\.record) {
                guard let damaged = try? await damagedRanges(of: record) else {
                    isComplete = false
                    continue
                }
                if damaged.isEmpty { continue }
                try await catalogue.forgetPieces(of: record.id, in: damaged)
                await sessions.forget(record.id)
                repairs.append(.forgetPieces(of: record.id))
            }
            guard page.count == sessions.limits.pageMax else { break }
            last = page.last?.id
        }
        state.needsVerification = !isComplete
        // Committed blobs may have lost bytes, too: a scrub is due.
        state.scrubbedThrough = nil
        state.isScrubbing = true
        state.scrubBegan = sessions.clock.now()
        try await catalogue.setMaintenanceState(state)
        return repairs
    }

    /// The ranges of a pending upload's durable bytes that are missing in its file, or differ from their checksums.
    package func damagedRanges(of record: UploadRecord) async throws(UploadError) -> [Range<UInt64>] {
        let session = record.session
        guard session.durableEnd > 0, record.parts.isEmpty, record.meta.storage == .file else { return [] }
        let size = try await blobs.size(of: record.meta.key) ?? 0
        let layout = session.spec.layout
        // Whole blocks, and the last bytes if they are all there.
        let present = size < session.durableEnd ? size - size % layout.blockBytes : session.durableEnd
        var damaged: [Range<UInt64>] = []
        for range in session.durableRanges where range.lowerBound < present {
            let here = range.lowerBound..<min(range.upperBound, present)
            let found = try await sessions.verify(
                record.meta.key, of: record.id, layout, in: here, end: session.durableEnd)
            damaged += layout.ranges(ofBlocks: found.damaged)
        }
        if size < session.durableEnd { damaged.append(present..<UInt64.max) }
        return damaged
    }
}
