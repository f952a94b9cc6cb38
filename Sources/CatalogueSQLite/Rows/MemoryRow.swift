import SessionCore
import UploadCore

/// The row of a memory; its tags and assets are in other tables.
struct MemoryRow {
    let seq: Int64
    let id: MemoryId
    let capsule: CapsuleId
    let creator: Principal
    let fingerprint: Digest
    let createdAt: Timestamp
    let takenAt: Timestamp?
    let type: String
    let title: String
    let text: String
    let thumbHash: [UInt8]?
    let derivationError: String?

    static let columns = """
        seq, id, capsule, creator, fingerprint, created_at, taken_at, type, title, text, thumb_hash, shortfall
        """

    init(_ row: inout Row) throws(UploadError) {
        seq = try row.next()
        id = try row.next()
        capsule = try row.next()
        creator = try row.next()
        fingerprint = try row.next()
        createdAt = try row.next()
        takenAt = try row.next()
        type = try row.next()
        title = try row.next()
        text = try row.next()
        thumbHash = try row.next()
        derivationError = try row.next()
    }

    func memory(tags: [String], assets: [Asset]) -> Memory {
        Memory(
            id: id, capsule: capsule, creator: creator,
            details: MemoryDetails(
                title: title, text: text, tags: tags, type: type, takenAt: takenAt, thumbHash: thumbHash),
            createdAt: createdAt, assets: assets, derivationError: derivationError)
    }
}
