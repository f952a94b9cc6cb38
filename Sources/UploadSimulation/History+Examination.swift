import SessionCore
import UploadCore
import UploadDerivation
import UploadMemories
import UploadTestKit
import Wharf

extension History {
    /// Checks the whole store against the expectations while no client uses it.
    func examine(_ world: World, _ store: SimulatedStore, _ files: SimulatedFileSystem) async throws {
        let expected = world.with { state in state.order.compactMap { state.uploads[$0] } }
        do {
            for upload in expected {
                guard let record = try await find(upload, in: world, store) else { continue }
                if upload.isRemoved { throw Violation("a removed upload is back: \(upload.id.text)") }
                try upload.hold(record, now: upload)
                world.update(upload.id) { $0.settle(record) }
                if record.blob != nil, !upload.isPartial { try await examineBlob(upload, store, owner: world.owner) }
            }
            try await examineCapsule(world, store)
            try await examineList(world, store)
            try await examineMemories(world, store)
            let used = try await store.uploads.usage(of: world.owner).quotaBytes
            guard used <= world.limits.quotaBytes else { throw Violation("\(used) bytes exceed the quota") }
            let report = try await store.check()
            if !report.isClean, !files.hasCrashed {
                let findings = report.issues.map { "\($0.kind.rawValue): \($0.detail)" }
                throw Violation("the check finds \(findings)")
            }
        } catch let error as UploadError {
            if !files.hasCrashed { throw Violation("examination: \(error.debugDescription)") }
        }
    }

    private func examineCapsule(_ world: World, _ store: SimulatedStore) async throws {
        guard let id = world.with({ $0.capsule }) else { return }
        let title = try await store.uploads.capsule(id, by: world.owner).title
        guard world.with({ $0.titles.contains(title) }) else { throw Violation("the capsule has the title \(title)") }
        world.with { $0.titles = [title] }
        guard let token = world.with({ $0.guestToken }) else { return }
        guard try await store.uploads.bearer(of: token) == Principal(token.link) else {
            throw Violation("the link of the capsule is gone")
        }
    }

    /// - Returns: Nil for an upload that was removed after its retention.
    private func find(
        _ upload: Expectation, in world: World, _ store: SimulatedStore
    ) async throws -> UploadRecord? {
        do {
            return try await store.uploads.sessions.get(upload.id)
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

    func examineBlob(_ upload: Expectation, _ store: SimulatedStore, owner: Principal) async throws {
        var reader = try await store.uploads.read(
            BlobId(upload.id), by: upload.caller.link == nil ? upload.caller : owner)
        guard try await reader.readAll() == upload.bytes else {
            throw Violation("other bytes come out of \(upload.id.text)")
        }
    }

    private func examineList(_ world: World, _ store: SimulatedStore) async throws {
        // Without renditions, which the derivation uploads itself under keys that begin with a zero byte, and without
        // ended uploads, which have no key any more.
        let listed = try await store.uploads.maintenance.uploads().map(\.record)
            .filter { $0.fingerprint != nil && $0.meta.idempotencyKey?.bytes.first != 0 }.map(\.id)
        let (known, unknown) = world.with { (Set($0.order), $0.unknownBegins) }
        let strays = listed.filter { !known.contains($0) }
        guard strays.count <= unknown else { throw Violation("uploads are there that nobody began: \(strays)") }
    }

    /// Acknowledged memories exist with their blobs, deleted ones do not; a derived photo has exactly one memory, with its
    /// companion.
    private func examineMemories(_ world: World, _ store: SimulatedStore) async throws {
        guard let capsule = world.with({ $0.capsule }) else { return }
        var found: [MemoryId: Memory] = [:]
        var last: MemoryPosition?
        while true {
            let page = try await store.uploads.memories(in: capsule, after: last, limit: 50, by: world.owner)
            for memory in page { found[memory.id] = memory }
            guard let end = page.last else { break }
            last = end.position
        }
        for (id, memory) in world.with({ $0.memories }) {
            if found[id] == nil, !memory.mayBeDeleted { throw Violation("an acknowledged memory is gone") }
            if found[id] != nil, memory.isDeleted { throw Violation("a deleted memory is back") }
        }
        var derived: Set<SessionId> = []
        for memory in found.values {
            for case .blob(let blob) in memory.assets.map(\.content) {
                _ = try await store.uploads.blob(blob, by: world.owner)
            }
            guard memory.details.title != Client.memoryTitle,
                case .blob(let blob)? = memory.assets.first(where: { $0.kind == .original })?.content
            else { continue }
            guard derived.insert(blob.value).inserted else { throw Violation("a photo became two memories") }
            if let companion = world[blob.value]?.companion, world[companion]?.mayHaveEnded == false,
                !memory.assets.contains(where: { $0.blob?.value == companion })
            {
                throw Violation("a memory lacks the companion of its photo")
            }
        }
        for photo in world.with({ $0.uploads.values.filter { $0.isPhoto && !$0.mayHaveEnded } }) {
            let record = try await store.uploads.sessions.get(photo.id)
            let derivation = try await store.uploads.derivation(of: record)
            if record.blob != nil, derivation == nil { throw Violation("a committed photo has no derivation") }
            guard derivation?.state == .done, !derived.contains(photo.id) else { continue }
            throw Violation("a derivation is done without its memory")
        }
    }
}
