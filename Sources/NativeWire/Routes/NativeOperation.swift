/// The operations of the native API, by their names in the OpenAPI document. The server switches over all of them, so
/// none can be forgotten.
public enum NativeOperation: String, CaseIterable, Hashable, Sendable {
    case createCapsule
    case listCapsules
    case getCapsule
    case updateCapsule
    case setMember
    case removeMember

    case createLink
    case listLinks
    case removeLink
    case getLink

    case beginUpload
    case listUploads
    case getUpload
    case putChunk
    case finishUpload
    case finishUploads
    case abortUpload

    case listBlobs
    case putBlob
    case putBlobs
    case findBlobs
    case copyBlob
    case getBlob
    case headBlob
    case getBlobMeta
    case getBlobChunk
    case deleteBlob
    case createDownload
    case getDownload

    case createMemory
    case listMemories
    case getMemory
    case updateMemory
    case deleteMemory
    case addAsset
    case getAsset
    case headAsset
    case removeAsset
    case listDerivations

    case listSessions
    case getSessionStats
    case cleanUpExpired
    case listUsage

    case getUploadConfig
    case getOpenAPI
    case getHealth
    case getReadiness
    case getMetrics
}
