import HTTPTypes
import HTTPWire
import NativeWire
import ResumableWire
import SessionCore
import UploadModel

/// Where a file is sent by the IETF's protocol, and how the server is told of it.
struct ResumableTarget: Hashable, Sendable {
    /// nil on a Wharf server.
    let path: String?

    var isWharf: Bool { path == nil }

    /// The request that creates an upload, without its body.
    func creation(
        _ creation: ResumableCreation, of file: LocalFile, _ options: PutOptions, digest: Digest, key: String
    ) -> TransportRequest {
        var fields = creation.fields
        fields[.reprDigest] = ContentDigest.format(digest)
        fields[.idempotencyKey] = IdempotencyKeyField.format(IdempotencyKey(bytes: Array(key.utf8)))
        if isWharf { return TransportRequest(.post, creationPath(of: file, options), fields: fields) }
        let type = options.type.flatMap { try? MediaType($0) } ?? .octetStream
        fields[.contentType] = type.text
        fields[.contentDisposition] = ContentDisposition.format(name: file.name(options), type: .octetStream)
        return TransportRequest(.post, creationPath(of: file, options), fields: fields)
    }

    func creationPath(of file: LocalFile, _ options: PutOptions) -> String {
        if let path { return path }
        let modified = options.keepsModificationTime ? WireTime(nanoseconds: file.identity.modifiedNanoseconds) : nil
        return NativePath.blobs(
            name: file.name(options), type: options.type, capsule: options.capsule, modifiedAt: modified,
            derive: options.derive, companions: options.companions)
    }
}
