import SessionCore
import Testing
import UploadCore
import UploadMemories
import UploadTestKit

@Suite struct MemoryLimitsTests {
    private func inline(_ count: UInt64) -> AssetDraft {
        AssetDraft(kind: .thumb, content: .inline([UInt8](repeating: 7, count: Int(count)), contentType: "a"))
    }

    private func create(
        _ fixture: Fixture, _ assets: [AssetDraft], _ details: MemoryDetails = MemoryDetails()
    ) async throws -> Memory {
        try await fixture.service.createMemory(in: fixture.capsule, details, assets: assets, by: fixture.ben)
    }

    private func text(_ count: Int) -> String { String(repeating: "a", count: count) }

    @Test func `inline assets have at most 32 KiB`() async throws {
        let fixture = try await Fixture()
        let memory = try await create(fixture, [inline(32 << 10)])
        #expect(memory.assets[0].size == 32 << 10)
        await expectLimit(.inlineAssetBytes, 32 << 10) { try await create(fixture, [inline((32 << 10) + 1)]) }
        await expectLimit(.inlineAssetBytes, 32 << 10) {
            try await fixture.service.addAsset(inline((32 << 10) + 1), to: memory.id, by: fixture.ben)
        }
    }

    @Test func `the inline assets of a capsule share a budget, which removal gives back`() async throws {
        let fixture = try await Fixture { $0.inlineBudgetBytes = 100 }
        let memory = try await create(fixture, [inline(60)])
        await expectLimit(.inlineBudgetBytes, 100) { try await create(fixture, [inline(41)]) }
        await expectLimit(.inlineBudgetBytes, 100) {
            try await fixture.service.addAsset(inline(41), to: memory.id, by: fixture.ben)
        }
        let grown = try await fixture.service.addAsset(inline(40), to: memory.id, by: fixture.ben)
        await expectRefusal(.tooLarge) { try await create(fixture, [inline(1)]) }
        _ = try await fixture.service.removeAsset(grown.assets[0].id, from: memory.id, by: fixture.ben)
        _ = try await create(fixture, [inline(60)])
        try await fixture.service.deleteMemory(memory.id, by: fixture.ben)
        _ = try await create(fixture, [inline(40)])
    }

    @Test func `a memory has at least one asset and at most so many`() async throws {
        let fixture = try await Fixture { $0.assetsMax = 3 }
        await expectRefusal(.invalidArgument) { try await create(fixture, []) }
        await expectLimit(.assets, 3) { try await create(fixture, Array(repeating: inline(1), count: 4)) }
        let memory = try await create(fixture, Array(repeating: inline(1), count: 3))
        await expectLimit(.assets, 3) {
            try await fixture.service.addAsset(inline(1), to: memory.id, by: fixture.ben)
        }
    }

    @Test func `what people say has its limits`() async throws {
        let fixture = try await Fixture()
        let limits = fixture.limits
        let cases: [(Limits.Name, UInt64, (Int) -> MemoryDetails)] = [
            (.titleBytes, limits.titleBytesMax, { MemoryDetails(title: text($0)) }),
            (.memoryTextBytes, limits.memoryTextBytesMax, { MemoryDetails(text: text($0)) }),
            (.tags, limits.tagsMax, { MemoryDetails(tags: Array(repeating: "t", count: $0)) }),
            (.titleBytes, limits.titleBytesMax, { MemoryDetails(tags: [text($0)]) }),
            (.contentTypeBytes, limits.contentTypeBytesMax, { MemoryDetails(type: text($0)) }),
        ]
        for (name, maximum, details) in cases {
            let memory = try await create(fixture, [inline(1)], details(Int(maximum)))
            await expectLimit(name, maximum) { try await create(fixture, [inline(1)], details(Int(maximum) + 1)) }
            await expectLimit(name, maximum) {
                try await fixture.service.updateMemory(memory.id, by: fixture.ben) {
                    [longer = details(Int(maximum) + 1)] in
                    $0 = longer
                }
            }
        }
    }

    @Test func `kinds have a name, and names and types their limits`() async throws {
        let fixture = try await Fixture()
        let longest = Int(fixture.limits.contentTypeBytesMax)
        func draft(_ kind: String, _ type: String) -> AssetDraft {
            AssetDraft(kind: AssetKind(kind), content: .inline([1], contentType: type))
        }
        await expectRefusal(.invalidArgument) { try await create(fixture, [draft("", "a")]) }
        await expectRefusal(.tooLarge) { try await create(fixture, [draft(text(longest + 1), "a")]) }
        await expectRefusal(.tooLarge) { try await create(fixture, [draft("a", text(longest + 1))]) }
        _ = try await create(fixture, [draft(text(longest), text(longest))])
    }

    @Test func `an empty key is no key`() async throws {
        let fixture = try await Fixture()
        await expectRefusal(.invalidArgument) {
            try await fixture.service.createMemory(
                in: fixture.capsule, MemoryDetails(), assets: [inline(1)], key: IdempotencyKey(bytes: []),
                by: fixture.ben)
        }
    }
}
