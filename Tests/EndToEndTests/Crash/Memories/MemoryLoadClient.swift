import HTTPTypes
import NativeWire
import UploadClient
import UploadCore
import UploadMemories
import UploadTestKit

/// A client that uploads originals and renditions in parallel and creates memories of them until it is stopped.
struct MemoryLoadClient: Sendable {
    let calls: RetryingCalls
    let ledger: CrashLedger
    let promises: MemoryPromises

    static let kinds = ["original", "display", "placeholder"]

    func run(_ random: SeededRandom) async throws {
        var random = random
        var own: [String] = []
        while !ledger.isLoadEnding {
            switch random.below(10) {
            case 0...6: own.append(try await make(&random))
            case 7: if !own.isEmpty { try await delete(own.remove(at: random.below(own.count))) }
            default: if let title = random.element(of: own) { try await readBack(title, &random) }
            }
        }
    }

    /// Uploads original and rendition in parallel, then creates the memory atomically.
    private func make(_ random: inout SeededRandom) async throws -> String {
        let title = "photo-\(random.next())"
        let original = Content(seed: random.next(), length: random.within(1...200_000))
        let display = Content(seed: random.next(), length: random.within(1...60_000))
        let placeholder = Content(seed: random.next(), length: random.within(1...900))
        async let first = upload(original, title + "-original")
        async let second = upload(display, title + "-display")
        let blobs = try await [first, second]

        promises.request(title)
        let document = NewMemoryDocument(
            title: title,
            assets: zip(Self.kinds, blobs).map { NewAssetDocument(kind: $0, blob: $1) },
            inlineAssets: [
                NewInlineAssetDocument(kind: "placeholder", type: "image/webp", data: WireBytes(placeholder.bytes))
            ])
        let memory = try await calls.document(MemoryDocument.self, [200, 201]) {
            try await $0.makeMemory(document, key: title)
        }
        let assets = Dictionary(
            uniqueKeysWithValues: zip(Self.kinds, [original, display, placeholder]))
        promises.made(MemoryPromises.Memory(id: memory.id, assets: assets, blobs: blobs), title: title)
        ledger.step(isAcknowledgement: true)
        check(memory, assets)
        return title
    }

    private func upload(_ content: Content, _ key: String) async throws -> String {
        try await calls.document(FinishedDocument.self, [200, 201]) {
            try await $0.putWhole(content, name: key, key: key)
        }.blob
    }

    private func delete(_ title: String) async throws {
        guard let memory = promises.memories[title] else { return }
        promises.set(.maybeDeleted, title)
        // A repeated request finds it deleted.
        _ = try await calls.answer([204, 404]) {
            try await $0.send(.delete, NativePath.deletion(ofMemory: memory.id, withBlobs: true))
        }
        promises.set(.deleted, title)
        ledger.step(isAcknowledgement: true)
    }

    private func readBack(_ title: String, _ random: inout SeededRandom) async throws {
        guard let memory = promises.memories[title], let kind = random.element(of: Self.kinds) else { return }
        try await read(kind, of: memory)
    }

    // MARK: - Verification

    private func read(_ kind: String, of memory: MemoryPromises.Memory) async throws {
        let answer = try await calls.answer([200]) { try await $0.send(.get, NativePath.asset(kind, of: memory.id)) }
        if answer.body != memory.assets[kind]?.buffer {
            ledger.violation("the \(kind) of memory \(memory.id) came back different")
        }
    }

    private func check(_ memory: MemoryDocument, _ assets: [String: Content]) {
        let digests = memory.assets.map(\.sha256)
        if memory.assets.map(\.kind) != Self.kinds || digests != Self.kinds.map({ assets[$0]?.digest.hex ?? "" }) {
            ledger.violation("memory \(memory.id) has other assets than it was created with")
        }
    }

    /// Verifies every acknowledgement and everything that the server lists.
    func verify() async throws {
        for memory in promises.memories.values where memory.state != .maybeDeleted {
            let isDeleted = memory.state == .deleted
            let answer = try await calls.answer([isDeleted ? 404 : 200]) {
                try await $0.send(.get, NativePath.memory(memory.id))
            }
            if isDeleted {
                for blob in memory.blobs {
                    _ = try await calls.answer([404]) { try await $0.send(.head, NativePath.blob(blob)) }
                }
            } else {
                check(try answer.document(MemoryDocument.self), memory.assets)
                for kind in Self.kinds { try await read(kind, of: memory) }
            }
        }
        try await verifyList()
    }

    /// Every memory is complete, also those whose response was lost, and none is listed twice.
    private func verifyList() async throws {
        var titles: Set<String> = []
        var cursor: String?
        repeat {
            let page: MemoryListDocument = try await calls.document(MemoryListDocument.self, [200]) {
                try await $0.send(.get, NativePath.memories(in: NativePath.defaultCapsule, cursor: cursor))
            }
            for memory in page.memories {
                if !titles.insert(memory.title).inserted { ledger.violation("\(memory.title) is listed twice") }
                if memory.assets.map(\.kind) != Self.kinds { ledger.violation("\(memory.title) lacks assets") }
                for blob in memory.assets.compactMap(\.blob) {
                    _ = try await calls.answer([200]) { try await $0.send(.head, NativePath.blob(blob)) }
                }
            }
            cursor = page.next
        } while cursor != nil
        if !titles.isSubset(of: promises.requested) { ledger.violation("memories exist that were never requested") }
    }
}
