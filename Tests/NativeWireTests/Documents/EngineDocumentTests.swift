import NativeWire
import SessionCore
import Testing
import UploadCore

@Suite struct EngineDocumentTests {
    @Test func `a capsule lists its members by name, and states the caller's role`() {
        let capsule = Capsule(
            id: Records.capsule, title: "t", owner: Principal("ann"), writers: [Principal("c"), Principal("b")],
            readers: [Principal("d")], createdAt: Records.createdAt)
        for (caller, role) in [("ann", "owner"), ("b", "writer"), ("d", "reader"), ("e", nil)] {
            #expect(
                CapsuleDocument(capsule, for: Principal(caller))
                    == CapsuleDocument(
                        id: Records.capsule.text, title: "t", owner: "ann", writers: ["b", "c"], readers: ["d"],
                        createdAt: WireTime(Records.createdAt), role: role))
        }
    }

    @Test func `a blob counts its chunks, the last short one too`() {
        func document(size: UInt64, chunkSize: UInt64?) -> BlobDocument {
            BlobDocument(
                BlobSummary(
                    id: BlobId(Records.id), capsule: Records.capsule, asset: AssetMetadata(name: "a"), size: size,
                    digest: .whole(Records.digest), chunkSize: chunkSize, createdAt: Records.createdAt))
        }
        #expect(document(size: 25, chunkSize: 10).chunkCount == 3)
        #expect(document(size: 20, chunkSize: 10).chunkCount == 2)
        #expect(document(size: 0, chunkSize: 10).chunkCount == 0)
        #expect(document(size: 25, chunkSize: nil).chunkCount == nil)
        #expect(document(size: 25, chunkSize: nil).sha256 == Records.digest.hex)
    }

    @Test func `the total is the sum of the states`() {
        var counts = StatusCounts()
        (counts.pending, counts.committed, counts.aborted, counts.expired) = (1, 2, 3, 4)
        let document = SessionStatsDocument(counts, blobs: 9)
        #expect(document.total == 10 && document.blobs == 9)
    }

    @Test func `usage names the quota of its principal, if it has one`() {
        let usage = Usage(
            storedBytes: 1, reservedBytes: 2, capsules: 3, members: 4, pendingUploads: 5, pendingBytes: 6)
        let quotas = Quotas(standardBytes: 7, bytesByOwner: [Principal("ben"): 0])
        let document = UsageDocument(usage, of: Principal("ann"), quotas: quotas)
        #expect(document.principal == "ann" && document.quotaBytes == 7)
        #expect([document.storedBytes, document.reservedBytes, document.capsules] == [1, 2, 3])
        #expect([document.members, document.pendingUploads, document.pendingBytes] == [4, 5, 6])
        #expect(UsageDocument(usage, of: Principal("ben"), quotas: quotas).quotaBytes == nil)
    }

    @Test func `the settings show every limit that a problem can name, but those of single links`() throws {
        var limits = Limits()
        limits.titleBytesMax = 77
        let document = UploadConfigDocument(limits)
        let ofLinks: Set<Limits.Name> = [.linkFiles, .linkUses, .linkBytes, .linkFileBytes]
        #expect(
            Set(document.limits.keys) == Set(Limits.Name.allCases.filter { !ofLinks.contains($0) }.map(\.rawValue)))
        #expect(document.limits["title_bytes"] == 77)
        #expect(document.limits["chunk_size"] == limits.chunkSizeMax)
        #expect(document.chunkSizeDefault == 8 << 20 && document.timeToLiveMilliseconds == 604_800_000)
        #expect(document.protocols == ["native"] && document.digestAlgorithms == ["sha-256"])
        #expect(document.version == Version.current)
        let read = try NativeJSON.decode(UploadConfigDocument.self, from: NativeJSON.encode(document))
        #expect(read == document)
    }
}
