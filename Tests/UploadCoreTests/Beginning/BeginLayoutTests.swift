import SessionCore
import Testing
import UploadCore
import UploadMemories
import UploadTestKit

@Suite struct BeginLayoutTests {
    @Test func `without a wish the chunk size is the server's`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(.chunks(), length: 20)
        #expect(try await fixture.sessions.get(id).session.spec.chunkSize == 8 << 20)
    }

    @Test func `the compatible profile has the chunks of the system that it re-implements`() async throws {
        let limits = try Limits.compatible.validated()
        #expect(limits.chunkSizeDefault == 1_800_000 && limits.chunkSizeMax == 1_800_000)
        #expect(limits.chunksMax == 16_384 && limits.activeUploadsMax == 100)
        #expect(limits.timeToLiveMilliseconds == 7_200_000 && limits.inlineAssetBytesMax == 32_768)
    }

    @Test(arguments: [(20, 2, true), (21, 3, true), (20, 3, false), (21, 2, false), (0, 0, true), (0, 1, false)])
    func `the chunks that a client means to send agree with length and chunk size`(
        _ length: UInt64, _ chunks: UInt64, _ agree: Bool
    ) async throws {
        let fixture = try await Fixture()
        var request = fixture.request(length: length)
        request.expectedChunks = chunks
        if agree {
            let record = try await fixture.service.beginUpload(request, by: fixture.ben).record
            #expect(record.session.spec.chunkCount == chunks)
            #expect(record.session.spec.expectedBytes == length)
        } else {
            await expectRefusal(.invalidArgument) { try await fixture.service.beginUpload(request, by: fixture.ben) }
        }
    }

    @Test func `an append has no chunks to expect`() async throws {
        let fixture = try await Fixture()
        var request = fixture.request(.append, length: 20)
        request.expectedChunks = 2
        await expectRefusal(.invalidArgument) { try await fixture.service.beginUpload(request, by: fixture.ben) }
    }

    @Test func `a provisional memory id has no zero byte, which would let two keys meet`() async throws {
        let fixture = try await Fixture()
        var request = fixture.request(length: 20)
        request.provisionalMemoryId = "a\0b"
        let error = await expectRefusal(.invalidArgument) {
            try await fixture.service.beginUpload(request, by: fixture.ben)
        }
        #expect(error?["argument"] == .text("provisional_memory_id"))
    }

    @Test func `small uploads of known length live in the catalogue, others in a file`() async throws {
        let fixture = try await Fixture(.catalogue) { $0.catalogueBytesMax = 100 }
        let cases: [(UInt64?, Storage)] = [(0, .catalogue), (100, .catalogue), (101, .file), (nil, .file)]
        for (length, storage) in cases {
            let id = try await fixture.begin(length: length)
            #expect(try await fixture.sessions.get(id).meta.storage == storage, "\(String(describing: length))")
        }
    }

    @Test func `an upload is begun in a capsule that exists, by somebody who may write there`() async throws {
        let fixture = try await Fixture()
        var elsewhere = fixture.request(length: 20)
        elsewhere.capsule = CapsuleId(SessionId(high: 1, low: 1))
        await expectRefusal(with: .notFound(.capsule)) {
            try await fixture.service.beginUpload(elsewhere, by: fixture.ben)
        }
        await expectRefusal(with: .forbidden(needs: .writer)) {
            try await fixture.service.beginUpload(fixture.request(length: 20), by: fixture.rita)
        }
        await expectRefusal(with: .notFound(.capsule)) {
            try await fixture.service.beginUpload(fixture.request(length: 20), by: fixture.mallory)
        }
        _ = try await fixture.service.beginUpload(fixture.request(length: 20), by: fixture.anna)
    }
}

@Suite struct LimitsTests {
    @Test func `the defaults make sense`() throws {
        #expect(try Limits().validated() == Limits())
    }

    private static let nonsense: [(String, @Sendable (inout Limits) -> Void)] = [
        ("chunkSizeMin", { $0.chunkSizeMin = 0 }),
        ("chunkSizeDefault", { $0.chunkSizeMax = $0.chunkSizeDefault - 1 }),
        ("chunkSizeDefault", { $0.chunkSizeMin = $0.chunkSizeDefault + 1 }),
        ("uploadBytesMax", { $0.uploadBytesMax = (1 << 60) + 1 }),
        ("chunksMax", { $0.chunksMax = 0 }),
        ("chunksMax", { $0.chunksMax = (1 << 32) + 1 }),
        ("catalogueBytesMax", { $0.catalogueBytesMax = (1 << 20) + 1 }),
        ("timeToLiveMilliseconds", { $0.timeToLiveMilliseconds = 0 }),
        ("expiryGraceMilliseconds", { $0.expiryGraceMilliseconds = -1 }),
        ("endedRetentionMilliseconds", { $0.endedRetentionMilliseconds = -1 }),
        ("checkpointBytes", { $0.checkpointBytes = 65_535 }),
        ("checkpointIntervalMilliseconds", { $0.checkpointIntervalMilliseconds = 9 }),
        ("freeBytesMin", { $0.freeBytesMin = (1 << 50) + 1 }),
        ("pageMax", { $0.pageMax = 0 }),
        ("pageMax", { $0.idleUploadsMax = 0 }),
    ]

    @Test(arguments: nonsense.indices) func `limits without sense are refused when a service is made`(
        _ number: Int
    ) throws {
        let (name, change) = Self.nonsense[number]
        var limits = Limits()
        change(&limits)
        let error = #expect(throws: UploadError.self) {
            try UploadService(
                catalogue: ModelCatalogue(), blobs: ModelBlobStore(), clock: ManualClock(), limits: limits)
        }
        #expect(error?.code == .invalidArgument)
        #expect(error?["argument"] == .text(name))
    }
}
