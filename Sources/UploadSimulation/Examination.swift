package import SessionCore
package import UploadCore
package import UploadDerivation
import UploadMemories

/// Compares a whole store with the expectations while no client uses it.
package struct Examination<Store: PhotoCatalogue, Blobs: BlobStore, Time: WallClock>: Sendable {
    let world: World
    let service: UploadService<Store, Blobs, Time>

    package init(_ world: World, _ service: UploadService<Store, Blobs, Time>) {
        self.world = world
        self.service = service
    }

    /// - Throws: `Violation`, or the errors of the service.
    package func run() async throws {
        for upload in world.expectations {
            guard let record = try await find(upload) else { continue }
            if upload.isRemoved { throw Violation("a removed upload is back: \(upload.id.text)") }
            try upload.hold(record, now: upload)
            world.update(upload.id) { $0.settle(record) }
            guard record.blob != nil, !upload.isPartial, let upload = world[upload.id] else { continue }
            try await examineBlob(upload)
        }
        try await examineCapsule()
        try await examineList()
        try await examineMemories()
        let used = try await service.usage(of: world.owner).quotaBytes
        guard used <= world.limits.quotaBytes else { throw Violation("\(used) bytes exceed the quota") }
    }

    /// Sends what is missing of an upload, and finishes it.
    package func complete(_ upload: Expectation, _ record: UploadRecord) async throws {
        world.mayCommit(upload.id)
        world.update(upload.id) { $0.triedOffset = upload.length }
        if upload.chunkSize == nil {
            world.beginAppend(upload.id).end()
            let rest = upload.bytes(record.session.offset..<upload.length)
            _ = try await service.append(upload.id, at: record.session.offset, rest, by: upload.caller)
        } else {
            for index in record.session.pieces.missing(below: upload.chunkCount).joined() {
                try await service.putChunk(
                    upload.id, index: index, upload.bytes(upload.range(ofChunk: index)), by: upload.caller)
            }
        }
        _ = try await service.commit(
            upload.id, digest: upload.digest, length: upload.length, by: upload.caller)
    }

    private func examineCapsule() async throws {
        guard let id = world.with({ $0.capsule }) else { return }
        let title = try await service.capsule(id, by: world.owner).title
        guard world.with({ $0.titles.contains(title) }) else { throw Violation("the capsule has the title \(title)") }
        world.with { $0.titles = [title] }
        guard let token = world.with({ $0.guestToken }) else { return }
        guard try await service.bearer(of: token) == Principal(token.link) else {
            throw Violation("the link of the capsule is gone")
        }
    }

    /// - Returns: Nil for an upload that was removed after its retention.
    private func find(_ upload: Expectation) async throws -> UploadRecord? {
        do {
            return try await service.sessions.get(upload.id)
        } catch {
            guard error.code == .notFound else { throw error }
            guard world.mayBeRemoved(upload) else {
                throw Violation("an upload is gone without a trace: \(upload.id.text)")
            }
            world.update(upload.id) { $0.noteRemoval() }
            world.count("removal", "found")
            return nil
        }
    }

    package func examineBlob(_ upload: Expectation) async throws {
        var reader = try await service.read(
            BlobId(upload.id), by: upload.caller.link == nil ? upload.caller : world.owner)
        guard try await reader.readAll() == upload.bytes else {
            throw Violation("other bytes come out of \(upload.id.text)")
        }
    }

    private func examineList() async throws {
        // Without renditions, which the derivation uploads itself under keys that begin with a zero byte, and without
        // ended uploads, which have no key any more.
        let listed = try await service.maintenance.uploads().map(\.record)
            .filter { $0.fingerprint != nil && $0.meta.idempotencyKey?.bytes.first != 0 }.map(\.id)
        let (known, unknown) = world.with { (Set($0.order), $0.unknownBegins) }
        let strays = listed.filter { !known.contains($0) }
        guard strays.count <= unknown else { throw Violation("uploads are there that nobody began: \(strays)") }
    }

    /// Acknowledged memories exist with their blobs, deleted ones do not; a derived photo has exactly one memory, with its
    /// companion.
    private func examineMemories() async throws {
        guard let capsule = world.with({ $0.capsule }) else { return }
        var found: [MemoryId: Memory] = [:]
        var last: MemoryPosition?
        while true {
            let page = try await service.memories(in: capsule, after: last, limit: 50, by: world.owner)
            for memory in page { found[memory.id] = memory }
            guard let end = page.last else { break }
            last = end.position
        }
        for (id, memory) in world.with({ $0.memories }) {
            if found[id] == nil, !memory.mayBeDeleted { throw Violation("an acknowledged memory is gone") }
            if found[id] != nil, memory.isDeleted { throw Violation("a deleted memory is back") }
        }
        var derived: Set<SessionId> = []
        for memory in found.values.sorted(by: { $0.id.value < $1.id.value }) {
            for case .blob(let blob) in memory.assets.map(\.content) {
                _ = try await service.blob(blob, by: world.owner)
            }
            guard memory.details.title != World.memoryTitle,
                case .blob(let blob)? = memory.assets.first(where: { $0.kind == .original })?.content
            else { continue }
            guard derived.insert(blob.value).inserted else { throw Violation("a photo became two memories") }
            if let companion = world[blob.value]?.companion, world[companion]?.mayHaveEnded == false,
                !memory.assets.contains(where: { $0.blob?.value == companion })
            {
                throw Violation("a memory lacks the companion of its photo")
            }
        }
        for photo in world.expectations where photo.isPhoto && !photo.mayHaveEnded {
            let record = try await service.sessions.get(photo.id)
            let derivation = try await service.derivation(of: record)
            if record.blob != nil, derivation == nil { throw Violation("a committed photo has no derivation") }
            guard derivation?.state == .done, !derived.contains(photo.id) else { continue }
            throw Violation("a derivation is done without its memory")
        }
    }
}
