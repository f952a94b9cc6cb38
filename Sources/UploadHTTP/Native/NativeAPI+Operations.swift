import HummingbirdCore
import NativeWire

extension NativeAPI {
    /// The one place where an operation finds its function.
    func perform(_ operation: NativeOperation, _ call: AuthenticatedRequest) async throws -> Response {
        switch operation {
        case .createCapsule: try await createCapsule(call)
        case .listCapsules: try await listCapsules(call)
        case .getCapsule: try await getCapsule(call)
        case .updateCapsule: try await updateCapsule(call)
        case .setMember: try await setMember(call)
        case .removeMember: try await removeMember(call)
        case .beginUpload: try await beginUpload(call)
        case .listUploads: try await listUploads(call)
        case .getUpload: try await getUpload(call)
        case .putChunk: try await putChunk(call)
        case .finishUpload: try await finishUpload(call)
        case .abortUpload: try await abortUpload(call)
        case .putBlob: try await putBlob(call)
        case .getBlob, .headBlob: try await getBlob(call)
        case .getBlobMeta: try await getBlobMeta(call)
        case .getBlobChunk: try await getBlobChunk(call)
        case .deleteBlob: try await deleteBlob(call)
        case .createMemory: try await createMemory(call)
        case .listMemories: try await listMemories(call)
        case .getMemory: try await getMemory(call)
        case .updateMemory: try await updateMemory(call)
        case .deleteMemory: try await deleteMemory(call)
        case .addAsset: try await addAsset(call)
        case .getAsset, .headAsset: try await getAsset(call)
        case .removeAsset: try await removeAsset(call)
        case .listDerivations: try await listDerivations(call)
        case .listSessions: try await listSessions(call)
        case .getSessionStats: try await getSessionStats(call)
        case .cleanUpExpired: try await cleanUpExpired(call)
        case .getUploadConfig: try getUploadConfig(call)
        case .getOpenAPI: try getOpenAPI(call)
        case .getHealth: getHealth(call)
        case .getReadiness: try await getReadiness(call)
        case .getMetrics: try await getMetrics(call)
        }
    }
}
