import NativeWire
import Testing
import UploadCore
import UploadHTTP
import UploadMemories
import UploadTestKit

/// Memories as large as the limits allow.
@Suite(.timeLimit(.minutes(5))) struct LargeMemoryTests {
    private static func largest(_ number: Int, _ limits: Limits) -> NewMemoryDocument {
        let assets = (0..<Int(limits.assetsMax)).map { index in
            NewInlineAssetDocument(
                kind: "part-\(index)", type: "application/octet-stream",
                data: WireBytes(content(Int(limits.inlineAssetBytesMax), seed: UInt64(number * 100 + index))))
        }
        return NewMemoryDocument(
            title: "\(number)", description: String(repeating: "\u{1}", count: Int(limits.memoryTextBytesMax)),
            inlineAssets: assets)
    }

    @Test func `the largest memory fits into one request, and comes back`() async throws {
        try await LiveServer.run { server in
            let api = APIClient(over: SocketTransport(port: server.port))
            let new = Self.largest(1, server.store.uploads.limits)
            let memory = try await api.makeMemory(new)
            for (asset, sent) in zip(memory.assets, new.inlineAssets ?? []) {
                #expect(asset.kind == sent.kind && asset.sha256 == Digest(of: sent.data.bytes).hex)
            }
            let last = try #require(new.inlineAssets?.last)
            #expect(try await api.bytes(ofAsset: last.kind, of: memory.id) == last.data.bytes)
        }
    }

    @Test func `a page ends early before it becomes too large, and the next continues there`() async throws {
        try await LiveServer.run { server in
            let api = APIClient(over: SocketTransport(port: server.port))
            let limits = server.store.uploads.limits
            for number in 0..<6 {
                // Ids of one millisecond have no order.
                server.store.clock.advance(milliseconds: 1)
                _ = try await api.makeMemory(Self.largest(number, limits))
            }
            var (titles, pages, cursor) = ([String](), 0, String?.none)
            repeat {
                let page = try await api.memories(includesInline: true, cursor: cursor)
                #expect(page.memories.count < 6)
                titles += page.memories.map(\.title)
                cursor = page.next
                pages += 1
            } while cursor != nil
            #expect(titles == (0..<6).map(String.init) && pages > 1)
            // Without their bytes they are small.
            #expect(try await api.memories().memories.count == 6)
        }
    }
}
