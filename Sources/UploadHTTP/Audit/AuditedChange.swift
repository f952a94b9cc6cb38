import Logging
import SessionCore
import UploadCore
import UploadMemories

/// An audit event: a deletion, or a change of a member's role or of a link.
enum AuditedChange {
    case uploadDeleted(SessionId)
    case blobDeleted(BlobId)
    /// With the blobs that were to be deleted with it; those that anything else uses have stayed.
    case memoryDeleted(MemoryId, blobs: [BlobId])
    /// As `memoryDeleted`.
    case assetDeleted(AssetId, MemoryId, blobs: [BlobId])
    case memberSet(Principal, Role, CapsuleId)
    case memberRemoved(Principal, CapsuleId)
    case linkCreated(LinkId, CapsuleId)
    case linkRemoved(LinkId, CapsuleId)
    /// By an operator, before the next sweep.
    case uploadsExpired([SessionId])

    var message: Logger.Message {
        switch self {
        case .uploadDeleted: "upload deleted"
        case .blobDeleted: "blob deleted"
        case .memoryDeleted: "memory deleted"
        case .assetDeleted: "asset deleted"
        case .memberSet: "member set"
        case .memberRemoved: "member removed"
        case .linkCreated: "link created"
        case .linkRemoved: "link removed"
        case .uploadsExpired: "expired uploads deleted"
        }
    }

    var metadata: Logger.Metadata {
        switch self {
        case .uploadDeleted(let id): ["upload": "\(id.text)"]
        case .blobDeleted(let id): ["blob": "\(id.text)"]
        case .memoryDeleted(let id, let blobs): ["memory": "\(id.text)"].merging(Self.blobs(blobs)) { $1 }
        case .assetDeleted(let id, let memory, let blobs):
            ["asset": "\(id.text)", "memory": "\(memory.text)"].merging(Self.blobs(blobs)) { $1 }
        case .memberSet(let member, let role, let capsule):
            ["member": "\(member.name)", "role": "\(role.name)", "capsule": "\(capsule.text)"]
        case .memberRemoved(let member, let capsule):
            ["member": "\(member.name)", "capsule": "\(capsule.text)"]
        case .linkCreated(let link, let capsule), .linkRemoved(let link, let capsule):
            ["link": "\(link.text)", "capsule": "\(capsule.text)"]
        case .uploadsExpired(let ids): ["uploads": .array(ids.map { "\($0.text)" })]
        }
    }

    private static func blobs(_ ids: [BlobId]) -> Logger.Metadata {
        ids.isEmpty ? [:] : ["blobs": .array(ids.map { "\($0.text)" })]
    }
}
