package import SessionCore
package import UploadCore

/// The row of a memory; its tags and assets are in other tables.
package struct MemoryRow: Sendable {
    package let seq: Int64
    package let id: MemoryId
    package let capsule: CapsuleId
    package let creator: Principal
    package let fingerprint: Digest
    package let createdAt: Timestamp
    package let takenAt: CaptureTime?
    package let type: String
    package let title: String
    package let text: String
    package let thumbHash: [UInt8]?
    package let derivationError: String?
    package let derivationNote: DerivationNote?

    /// - Parameters:
    ///   - storedTime: See `CaptureTime.storedMilliseconds`.
    ///   - zoneMinutes: Ahead of UTC; nil if the zone is unknown.
    package init(
        seq: Int64, id: MemoryId, capsule: CapsuleId, creator: Principal, fingerprint: Digest, createdAt: Timestamp,
        storedTime: Timestamp?, zoneMinutes: Int?, type: String, title: String, text: String, thumbHash: [UInt8]?,
        derivationError: String?, extent: DerivationNote.Extent?, note: String?
    ) {
        self.seq = seq
        self.id = id
        self.capsule = capsule
        self.creator = creator
        self.fingerprint = fingerprint
        self.createdAt = createdAt
        takenAt = storedTime.map { CaptureTime(stored: $0, zoneMinutes: zoneMinutes) }
        self.type = type
        self.title = title
        self.text = text
        self.thumbHash = thumbHash
        self.derivationError = derivationError
        derivationNote = extent.map { DerivationNote($0, note ?? "") }
    }

    package func memory(tags: [String], assets: [Asset]) -> Memory {
        Memory(
            id: id, capsule: capsule, creator: creator,
            details: MemoryDetails(
                title: title, text: text, tags: tags, type: type, takenAt: takenAt, thumbHash: thumbHash),
            createdAt: createdAt, assets: assets, derivationError: derivationError, derivationNote: derivationNote)
    }
}

extension CaptureTime {
    /// The column `taken_at`: the instant; the local time if the zone is unknown.
    package var storedMilliseconds: Int64 { instant?.milliseconds ?? localMilliseconds }

    fileprivate init(stored: Timestamp, zoneMinutes: Int?) {
        if let zoneMinutes {
            self.init(stored, zoneMinutes: zoneMinutes)
        } else {
            self.init(localMilliseconds: stored.milliseconds)
        }
    }
}

extension [Asset] {
    /// Bytes that the catalogue holds for these assets.
    package var inlineBytes: Int {
        reduce(0) { sum, asset in
            if case .inline(let bytes) = asset.content { sum + bytes.count } else { sum }
        }
    }
}
