import HTTPTypes
import HTTPWire
import NativeWire
import NIOCore
import SessionCore
import UploadClient
import UploadCore

/// The endpoints for whole files: alone and in batches, and the lookup of what is there.
extension TestServer {
    func answer(
        files call: Call, _ parts: [String], _ request: TransportRequest, _ body: [UInt8], _ state: inout State
    ) throws(UploadError) -> TransportResponse? {
        switch (call.method, parts.dropFirst().first, parts.count, parts.last) {
        case (.get, "upload-config", 2, _): return config(state)
        case (.get, "capsules", 3, "default"): return Self.response(.ok, Self.defaultCapsule)
        case (.post, "blobs", 2, _): return try put(request, body, &state)
        case (.post, "blobs", 3, "batch") where state.features.batchMax != nil:
            return try putBatch(request, body, &state)
        case (.post, "blobs", 3, "lookup") where state.features.hasLookup: return try lookUp(body, state)
        case (.post, "blobs", 4, "copies") where state.features.hasLookup:
            return try copy(parts[2], request, body, &state)
        default: return nil
        }
    }

    private static let defaultCapsule = CapsuleDocument(
        id: "default", title: "", owner: "local", writers: [], readers: [],
        createdAt: WireTime(Timestamp(milliseconds: 0)))

    private func copy(
        _ blob: String, _ request: TransportRequest, _ body: [UInt8], _ state: inout State
    ) throws(UploadError) -> TransportResponse {
        let copy = try NativeJSON.decode(BlobCopyDocument.self, from: body)
        guard let source = state.blobs[blob] else { throw UploadError(.notFound(.blob)) }
        let file = StoredFile(
            name: copy.name, type: copy.type, modifiedAt: copy.modifiedAt?.timestamp.rfc3339,
            key: request.fields[.idempotencyKey], bytes: source.bytes)
        return Self.response(.created, try store(file, in: copy.capsule, &state))
    }

    private func config(_ state: State) -> TransportResponse { Self.response(.ok, state.features) }

    private func put(
        _ request: TransportRequest, _ body: [UInt8], _ state: inout State
    ) throws(UploadError) -> TransportResponse {
        let query = Self.query(request.path)
        guard let digest = try ContentDigest.parse(request.fields), digest == Digest(of: body) else {
            throw UploadError(.invalidArgument("content-digest", "is missing or wrong"))
        }
        let file = StoredFile(
            name: query["name"] ?? "", type: query["type"], modifiedAt: query["modified_at"],
            key: request.fields[.idempotencyKey], bytes: body)
        return Self.response(.created, try store(file, in: query["capsule"], &state))
    }

    /// A file as it arrived.
    struct StoredFile: Hashable, Sendable {
        let name: String
        let type: String?
        let modifiedAt: String?
        let key: String?
        let bytes: [UInt8]
        var blob = ""
    }

    private func store(
        _ file: StoredFile, in capsule: String?, _ state: inout State
    ) throws(UploadError) -> FinishedDocument {
        if let key = file.key, let earlier = state.files.first(where: { $0.key == key }) {
            guard earlier.bytes == file.bytes, earlier.name == file.name else {
                throw UploadError(.idempotencyConflict)
            }
            return document(earlier)
        }
        var file = file
        file.blob = "blob-\(state.files.count + 1)"
        state.files.append(file)
        let made = document(file)
        state.blobs[file.blob] = (
            BlobDocument(
                blob: made.blob, capsule: capsule ?? "default", size: made.size, sha256: made.sha256, name: made.name,
                type: made.type, chunkSize: nil, chunkCount: nil, createdAt: made.createdAt), file.bytes
        )
        return made
    }

    private func document(_ file: StoredFile) -> FinishedDocument {
        FinishedDocument(
            upload: file.blob, blob: file.blob, size: UInt64(file.bytes.count), sha256: Digest(of: file.bytes).hex,
            name: file.name, type: file.type ?? "application/octet-stream",
            createdAt: WireTime(Timestamp(milliseconds: 0)))
    }

    private func putBatch(
        _ request: TransportRequest, _ body: [UInt8], _ state: inout State
    ) throws(UploadError) -> TransportResponse {
        let contents = try Self.parts(of: body, request.fields[.contentType] ?? "")
        guard let first = contents.first else { throw UploadError(.invalidArgument("body", "has no part")) }
        let items = try NativeJSON.decode(BatchItemsDocument.self, from: first).items
        guard items.count == contents.count - 1, items.count <= state.features.batchMax ?? 0 else {
            throw UploadError(.invalidArgument("items", "has \(items.count) entries for \(contents.count - 1) files"))
        }
        var results: [BatchResultsDocument.Result] = []
        for (item, bytes) in zip(items, contents.dropFirst()) {
            do throws(UploadError) {
                let name = item.name ?? ""
                if let refused = state.refusedNames[name] { throw refused }
                guard Digest(of: bytes).hex == item.sha256 else {
                    throw UploadError(.checksumMismatch(expected: item.sha256 ?? "", actual: Digest(of: bytes).hex))
                }
                let file = StoredFile(
                    name: name, type: item.type, modifiedAt: item.modifiedAt?.timestamp.rfc3339,
                    key: item.idempotencyKey,
                    bytes: bytes)
                let made = try store(file, in: Self.query(request.path)["capsule"], &state)
                results.append(BatchResultsDocument.Result(status: 201, blob: made))
            } catch {
                results.append(BatchResultsDocument.Result(Problem(error)))
            }
        }
        return Self.response(.ok, BatchResultsDocument(results: results))
    }

    private func lookUp(_ body: [UInt8], _ state: State) throws(UploadError) -> TransportResponse {
        let wanted = try NativeJSON.decode(BlobLookupDocument.self, from: body).sha256
        let blobs = wanted.compactMap { digest in
            state.blobs.values.map(\.document).filter { $0.sha256 == digest }.min { $0.blob < $1.blob }
        }
        return Self.response(.ok, BlobListDocument(blobs: blobs))
    }

    private static func query(_ path: String) -> [String: String] {
        let pairs = path.split(separator: "?").dropFirst().first?.split(separator: "&") ?? []
        return Dictionary(
            uniqueKeysWithValues: pairs.map { pair in
                let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                return (String(parts[0]), NativePath.decode(parts[1]) ?? "")
            })
    }

    /// The contents of the parts of a form.
    private static func parts(of body: [UInt8], _ contentType: String) throws(UploadError) -> [[UInt8]] {
        guard let boundary = contentType.split(separator: "boundary=").dropFirst().first else {
            throw UploadError(.invalidArgument("content-type", "has no boundary"))
        }
        let delimiter = Array("--\(boundary)".utf8)
        var parts: [[UInt8]] = []
        var rest = body[...]
        guard rest.starts(with: delimiter) else { throw UploadError(.invalidArgument("body", "has no delimiter")) }
        rest = rest.dropFirst(delimiter.count)
        while rest.starts(with: Array("\r\n".utf8)) {
            guard let end = rest.firstRange(of: Array("\r\n".utf8) + delimiter),
                let head = rest.firstRange(of: Array("\r\n\r\n".utf8))
            else { throw UploadError(.invalidArgument("body", "has a part without an end")) }
            parts.append(Array(rest[head.upperBound..<max(head.upperBound, end.lowerBound)]))
            rest = rest[end.upperBound...]
        }
        guard rest.elementsEqual(Array("--\r\n".utf8)) else {
            throw UploadError(.invalidArgument("body", "has no end"))
        }
        return parts
    }
}
