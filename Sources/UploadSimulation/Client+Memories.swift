import SessionCore
import UploadCore
package import UploadDerivation
import UploadMemories
import UploadTestKit

extension Client {
    /// Creates a memory of committed uploads, sometimes twice under one idempotency key.
    func makeMemory() async throws {
        guard let capsule = world.with({ $0.capsule }), let original = choose({ $0.isCommitted }) else { return }
        let display = choose { $0.isCommitted }
        let blobs = [original.id] + (display.map { [$0.id] } ?? [])
        let assets = blobs.map {
            AssetDraft(kind: $0 == original.id ? .original : .display, content: .blob(BlobId($0)))
        }
        let key = IdempotencyKey(bytes: Array("memory \(world.draw { $0.next() })".utf8))
        var first: MemoryId?
        for _ in 0..<world.draw({ $0.within(1...2) }) {
            let memory = try await perform("make memory", original, allowed: [.notFound]) { () throws(UploadError) in
                try await service.createMemory(
                    in: capsule, MemoryDetails(title: World.memoryTitle), assets: assets, key: key, by: world.owner)
            }
            guard let memory else { return try requireUsable(blobs, original) }
            if let first, first != memory.id, world.with({ $0.memories[first]?.mayBeDeleted }) == false {
                throw Violation("one request made two memories")
            }
            guard memory.assets.count == assets.count else { throw Violation("a memory lacks assets") }
            first = memory.id
            world.with { state in
                if state.memories[memory.id] == nil { state.memories[memory.id] = MemoryExpectation(blobs: blobs) }
            }
        }
    }

    /// A refusal is correct only if one of the blobs may be gone.
    private func requireUsable(_ blobs: [SessionId], _ original: Expectation) throws {
        let wasRefused = world.with { $0.trace.last?.hasSuffix("not_found") == true }
        guard wasRefused, blobs.allSatisfy({ world[$0]?.mayHaveEnded == false }) else { return }
        throw Violation("a committed upload is no blob for a memory: \(original.id.text)")
    }

    func deleteMemory() async throws {
        guard
            let (id, memory) = world.with({ state in
                state.random.element(
                    of: state.memories.sorted { $0.key.value < $1.key.value }.map { ($0.key, $0.value) })
            })
        else { return }
        let withBlobs = world.draw { $0.chance(0.5) }
        world.with { $0.memories[id]?.mayBeDeleted = true }
        if withBlobs { for blob in memory.blobs { world.noteEndAttempt(blob) } }
        do throws(UploadError) {
            try await service.deleteMemory(id, withBlobs: withBlobs, by: world.owner)
            world.count("delete memory", "ok")
            world.note("\(name) delete memory \(withBlobs)")
            world.with { $0.memories[id]?.isDeleted = true }
        } catch {
            world.count("delete memory", error.code.rawValue)
            switch error.code {
            case .notFound where memory.mayBeDeleted || world.with({ $0.memories[id]?.isDeleted }) == true:
                world.with { $0.memories[id]?.isDeleted = true }
            case .notFound where world.with({ $0.memories[id]?.mayBeDeleted }) == true: return
            case .unavailable, .storeFull: throw UploadError(.unavailable(detail: error.debugDescription))
            default: throw Violation("delete memory: \(error.debugDescription)")
            }
        }
    }
}

/// Derives renditions, refuses the file, or fails as a dead worker, depending on the first byte of the photo.
package struct SimulatedDeriver: PhotoDeriver {
    package init() {}

    package func derive(_ photo: PhotoSource) async throws(DerivationFailure) -> PhotoDerivatives {
        let bytes: [UInt8]
        do throws(UploadError) {
            bytes = try await photo.read(0..<photo.size)
        } catch {
            throw DerivationFailure(reading: error)
        }
        switch (bytes.first ?? 0) % 8 {
        case 0: throw DerivationFailure(.file, "it is no picture")
        case 1: throw DerivationFailure(.worker, "the worker died")
        default: break
        }
        func rendition(_ count: Int) -> Rendition {
            Rendition(
                bytes: (0..<count).map { UInt8(truncatingIfNeeded: $0) ^ (bytes.first ?? 0) },
                contentType: "image/webp",
                width: 20, height: 10)
        }
        return PhotoDerivatives(
            width: 200, height: 100, display: rendition(1_800), thumb: rendition(300), placeholder: rendition(40),
            thumbHash: [1, 2, 3, 4, 5], takenAt: nil)
    }
}
