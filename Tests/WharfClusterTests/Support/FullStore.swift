import SessionCore
import UploadCore
import UploadDerivation
import UploadMemories
import UploadTestKit
import Wharf

/// A store in a directory with everything that a store can hold.
struct FullStore: Sendable {
    static let anna = Principal("anna")
    static let ben = Principal("ben")
    static let chunk = 65_536

    /// Blobs of less than 1000 bytes are in the catalogue.
    static var limits: Limits {
        var limits = Limits()
        limits.catalogueBytesMax = 1000
        limits.freeBytesMin = 0
        return limits
    }

    static func open(_ directory: TemporaryDirectory) async throws -> EmbeddedStore {
        try await EmbeddedStore(directory: directory.path, limits: limits)
    }

    let capsule: CapsuleId
    /// Appended, and in a file.
    let blob: SessionId
    /// In chunks, and pending: the third and the first of four.
    let gapped: SessionId
    /// Pending in the middle of an append.
    let appended: SessionId
    /// Pending in the catalogue, appended to and in chunks: the second of three.
    let small: SessionId
    let smallChunks: SessionId
    static let smallContent = content(800, seed: 16)
    let concatenation: SessionId
    let deleted: SessionId
    let link: LinkToken

    static let gappedContent = content(4 * chunk - 100, seed: 2)
    static let appendedContent = content(300_000, seed: 3)

    init(in store: EmbeddedStore) async throws {
        let uploads = store.uploads
        let capsule = try await uploads.createCapsule(title: "Wedding \u{0} and \u{1}", by: Self.anna).id
        self.capsule = capsule
        _ = try await uploads.createCapsule(title: "Empty", by: Self.ben)
        _ = try await uploads.createCapsule(title: "Photos", recipe: .photo, by: Self.ben)
        _ = try await uploads.defaultCapsule(of: Self.anna)
        try await uploads.setRole(.writer, of: Self.ben, in: capsule, by: Self.anna)
        try await uploads.setRole(.reader, of: Principal("cleo"), in: capsule, by: Self.anna)

        func begin(
            _ layout: BeginRequest.Layout, length: UInt64?, by caller: Principal = Self.anna, key: String? = nil,
            isPartial: Bool = false, derivation: RecipeChoice = .none
        ) async throws -> SessionId {
            let request = BeginRequest(
                capsule: capsule, asset: AssetMetadata(name: "photo \(key ?? "").jpg", contentType: "image/jpeg"),
                layout: layout, length: length, idempotencyKey: key.map { IdempotencyKey(bytes: Array($0.utf8)) },
                isPartial: isPartial, derivation: derivation)
            return try await uploads.beginUpload(request, by: caller).record.id
        }
        func committed(_ bytes: [UInt8], by caller: Principal = Self.anna, key: String? = nil, isPartial: Bool = false)
            async throws -> SessionId
        {
            let id = try await begin(
                .append, length: UInt64(bytes.count), by: caller, key: key, isPartial: isPartial)
            if !bytes.isEmpty { try await uploads.append(id, at: 0, bytes, by: caller) }
            _ = try await uploads.commit(id, by: caller)
            return id
        }

        blob = try await committed(content(700_000), key: "a key")
        _ = try await committed([])
        let tiny = try await committed(content(900, seed: 4), by: Self.ben)
        let ofChunks = try await begin(.chunks(size: UInt64(Self.chunk)), length: 200_000)
        let bytes = content(200_000, seed: 5)
        for index in [2, 0, 3, 1] {
            let end = min((index + 1) * Self.chunk, bytes.count)
            try await uploads.putChunk(
                ofChunks, index: UInt64(index), bytes[index * Self.chunk..<end], by: Self.anna)
        }
        _ = try await uploads.commit(ofChunks, by: Self.anna)

        gapped = try await begin(
            .chunks(size: UInt64(Self.chunk)), length: UInt64(Self.gappedContent.count), key: "gapped")
        for index in [3, 0] {
            let end = min((index + 1) * Self.chunk, Self.gappedContent.count)
            try await uploads.putChunk(
                gapped, index: UInt64(index), Self.gappedContent[index * Self.chunk..<end], by: Self.anna)
        }
        appended = try await begin(.append, length: nil)
        try await uploads.append(appended, at: 0, Self.appendedContent[..<123_456], by: Self.anna)
        _ = try await begin(.append, length: 10_000, by: Self.ben)
        small = try await begin(.append, length: 800, by: Self.ben)
        try await uploads.append(small, at: 0, content(300, seed: 6), by: Self.ben)

        smallChunks = try await begin(.chunks(size: 300), length: 800)
        try await uploads.putChunk(smallChunks, index: 1, Self.smallContent[300..<600], by: Self.anna)

        let parts = [
            try await committed(content(100_000, seed: 7), isPartial: true),
            try await committed(content(120, seed: 8), isPartial: true),
        ]
        let request = BeginRequest(capsule: capsule, asset: AssetMetadata(name: "whole"), layout: .append)
        concatenation = try await uploads.concatenate(request, parts: parts + [parts[0]], by: Self.anna).id
        _ = try await uploads.commit(concatenation, by: Self.anna)
        // Its bytes stay for the concatenation.
        try await uploads.abort(parts[0], by: Self.anna)
        let pendingPart = try await begin(.append, length: 50_000, isPartial: true)
        try await uploads.append(pendingPart, at: 0, content(20_000, seed: 9), by: Self.anna)
        _ = try await uploads.concatenate(request, parts: [parts[1], pendingPart], by: Self.anna)

        deleted = try await committed(content(50_000, seed: 10))
        try await uploads.deleteBlob(BlobId(deleted), by: Self.anna)
        let aborted = try await begin(.append, length: 50_000)
        try await uploads.append(aborted, at: 0, content(10_000, seed: 11), by: Self.anna)
        try await uploads.abort(aborted, by: Self.anna)

        _ = try await uploads.createMemory(
            in: capsule, MemoryDetails(title: "Rings", text: "…", tags: ["b", "a"], type: "photo"),
            assets: [
                AssetDraft(kind: .original, content: .blob(BlobId(blob)), width: 4, height: 3),
                AssetDraft(kind: .thumb, content: .inline(content(400, seed: 12), contentType: "image/webp")),
            ], key: IdempotencyKey(bytes: [1]), by: Self.anna)
        _ = try await uploads.createMemory(
            in: capsule, MemoryDetails(title: "", takenAt: CaptureTime(localMilliseconds: 5)),
            assets: [AssetDraft(kind: .original, content: .blob(BlobId(tiny)))], by: Self.ben)
        let derived = try await begin(.append, length: 2000, derivation: .recipe(.photo))
        try await uploads.append(derived, at: 0, content(2000, seed: 13), by: Self.anna)
        _ = try await uploads.commit(derived, by: Self.anna)

        let expiry = Timestamp(milliseconds: SystemClock().now().milliseconds + 3_600_000)
        let issued = try await uploads.createLink(to: capsule, title: "Guests", expiresAt: expiry, by: Self.anna)
        link = issued.token
        guard let guest = try await uploads.bearer(of: link) else { throw UploadError(.notFound(.link)) }
        _ = try await committed(content(3000, seed: 14), by: guest)
        let gone = try await committed(content(3100, seed: 15), by: guest)
        try await uploads.deleteBlob(BlobId(gone), by: Self.anna)
    }
}

/// Bytes that look like none of their neighbours.
func content(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    return (0..<count).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt8(truncatingIfNeeded: state >> 56)
    }
}

/// All that callers can see of a store, as lines.
func everything<Store: PhotoCatalogue, Blobs: BlobStore, Time: WallClock>(
    in uploads: UploadService<Store, Blobs, Time>
) async throws -> [String] {
    var lines: [String] = []
    for principal in [FullStore.anna, FullStore.ben, Principal("cleo")] {
        lines.append("usage of \(principal): \(try await uploads.usage(of: principal))")
        for capsule in try await uploads.capsules(by: principal) {
            lines.append("capsule of \(principal): \(capsule)")
            guard capsule.owner == principal else { continue }
            for link in try await uploads.links(to: capsule.id, by: principal) { lines.append("link: \(link)") }
            for upload in try await uploads.uploads(in: capsule.id, ofAll: true, by: principal) {
                lines.append("upload: \(upload)")
            }
            for memory in try await uploads.memories(in: capsule.id, by: principal) {
                lines.append("memory: \(memory)")
            }
            for blob in try await uploads.blobs(BlobFilter(capsule: capsule.id), by: principal).blobs {
                var reader = try await uploads.read(blob.id, by: principal)
                lines.append("blob: \(blob) \(Digest(of: try await reader.readAll()).hex)")
                let copies = try await uploads.blobs(
                    withDigests: [blob.digest.digest], in: capsule.id, by: principal)
                lines.append("copies: \(copies.map(\.id))")
            }
            lines.append("derivations: \(try await uploads.countPendingDerivations(in: capsule.id, by: principal))")
        }
    }
    return lines
}
