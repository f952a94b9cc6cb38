import HTTPTypes
import Hummingbird
import HummingbirdCore
import NativeWire
import UploadCore

/// The assets of a memory.
extension NativeAPI {
    func addAsset(_ call: AuthenticatedRequest) async throws -> Response {
        let id = try call.memoryId()
        // Who may not write here is told before the body is asked for.
        let capsule = try await uploads.memory(id, by: call.principal).capsule
        try await uploads.capsule(capsule, by: call.principal).require(.writer, of: call.principal)
        let asset = try await memoryDocument(AddedAssetDocument.self, call).draft()
        let memory = try await uploads.addAsset(asset, to: id, by: call.principal)
        return try .json(MemoryDocument(memory), status: .created, location: NativePath.memory(memory.id.text))
    }

    /// The bytes of an asset as those of a blob are given out, wherever they are.
    func getAsset(_ call: AuthenticatedRequest) async throws -> Response {
        let memory = try await uploads.memory(try call.memoryId(), by: call.principal)
        let asset = try asset(of: memory, call)
        switch asset.content {
        case .blob(let id): return try await download(id, call)
        case .inline(let bytes):
            return try await serve(.inline(bytes, metrics), as: Representation(of: asset, in: memory), call)
        }
    }

    func removeAsset(_ call: AuthenticatedRequest) async throws -> Response {
        let withBlob = try call.deletes("blob")
        let memory = try await uploads.memory(try call.memoryId(), by: call.principal)
        let asset = try asset(of: memory, call)
        _ = try await uploads.removeAsset(asset.id, from: memory.id, withBlob: withBlob, by: call.principal)
        return .noContent
    }

    /// The asset that the path names: by its id, or by its kind, and then the first of that kind.
    private func asset(of memory: Memory, _ call: AuthenticatedRequest) throws(UploadError) -> Asset {
        let name = NativePath.decode(call.parameters.get("asset") ?? "")
        let asset =
            memory.assets.first { $0.id.text == name } ?? memory.assets.first { $0.kind.name == name }
        guard let asset else { throw UploadError(.notFound(.asset)) }
        return asset
    }
}
