import FoundationEssentials
import HTTPTypes
import HTTPWire
import NativeWire
import SessionCore
import Testing
import UploadCore
import UploadDerivation
import UploadMemories

@Suite struct OpenAPITests {
    /// What of the OpenAPI document these tests look at. Reading it shows that it is JSON.
    private struct Reading: Decodable {
        struct Operation: Decodable {
            let operationId: String
            let responses: [String: Ignored]
        }
        struct Ignored: Decodable {}

        let openapi: String
        let paths: [String: [String: Operation]]
    }

    @Test func `every route is documented with its path, method and responses`() throws {
        let reading = try JSONDecoder().decode(Reading.self, from: Data(OpenAPI.document))
        #expect(reading.openapi == "3.1.0")
        #expect(reading.paths.values.map(\.count).reduce(0, +) == NativeRoute.all.count)
        for route in NativeRoute.all {
            let operation = try #require(reading.paths[route.template]?[route.method.rawValue.lowercased()])
            #expect(operation.operationId == route.operation.rawValue)
            #expect(Set(operation.responses.keys) == Set(route.successes.map { "\($0.code)" } + ["default"]))
        }
    }

    @Test func `every referenced schema exists`() throws {
        let text = String(decoding: OpenAPI.document, as: UTF8.self)
        let mark = "#/components/schemas/"
        let names = text.split(separator: mark).dropFirst().map { String($0.prefix { $0 != "\"" }) }
        #expect(!names.isEmpty && Set(names).isSubset(of: Schema.all.map(\.name)))
    }

    private static let companion = CompanionDocument(kind: "video", blob: "b")

    /// A document of every kind with all of its fields, by the name of its schema.
    private static var filled: [String: any Encodable] {
        var record = Records.upload(
            pieces: [0, 1, 2], status: .committed(at: Records.lastSeen), digest: .whole(Records.digest))
        record.meta.asset.modifiedAt = Records.createdAt
        var upload = UploadDocument(record, timeToLiveMilliseconds: 1)
        upload.expiresAt = upload.createdAt
        upload.offset = 1
        let derivation = DerivationDocument(
            recipe: "photo", state: .pending, attempts: 1, reason: "r", memory: "m", nextAttemptAt: upload.createdAt)
        upload.derivation = derivation
        let capsule = CapsuleDocument(
            Capsule(
                id: Records.capsule, title: "t", owner: Principal("ann"), createdAt: Records.createdAt, recipe: .photo),
            for: Principal("ann"))
        let blob = BlobSummary(
            id: BlobId(Records.id), capsule: Records.capsule, asset: record.meta.asset, size: 25,
            digest: .whole(Records.digest), chunkSize: 10, createdAt: Records.createdAt)
        let usage = UsageDocument(Usage(), of: Principal("ann"), quotas: Quotas(standardBytes: 1))
        let link = LinkDocument(
            linkStatus, token: LinkToken(of: linkStatus.link.id, in: Records.capsule, secret: .random()))
        let others: [String: any Encodable] = [
            "Capsule": capsule, "NewCapsule": NewCapsuleDocument(title: "t", derive: "photo"),
            "Member": MemberDocument(.writer),
            "CapsuleList": CapsuleListDocument(capsules: [capsule], next: "n"),
            "NewUpload": NewUploadDocument(
                capsule: "c", name: "n", type: "t", length: 1, chunkSize: 1, expectedChunks: 1, sha256: "s",
                provisionalMemoryId: "m", derive: "none", companions: [companion], modifiedAt: upload.createdAt),
            "Upload": upload, "Finish": FinishDocument(sha256: "s", length: 1), "Finished": FinishedDocument(record),
            "SessionList": SessionListDocument(sessions: [upload], next: "n"),
            "SessionStats": SessionStatsDocument(.init(), blobs: 0), "Cleanup": CleanupDocument(expired: []),
            "Blob": BlobDocument(blob),
            "UploadConfig": UploadConfigDocument(Limits(), publicOrigin: "https://photos.example.org", usage: usage),
            "Usage": usage, "UsageList": UsageListDocument(usage: [usage], next: "n"), "Problem": problem,
            "Derive": UploadConfigDocument(Limits()).derive, "Derivation": derivation, "Companion": companion,
            "ListedDerivation": ListedDerivationDocument(upload: "u", name: "n", derivation),
            "DerivationList": DerivationListDocument(
                derivations: [ListedDerivationDocument(upload: "u", name: "n", derivation)], pending: 1, next: "n"),
            "Link": link, "LinkList": LinkListDocument(links: [link]), "OwnLink": OwnLinkDocument(linkStatus),
            "NewLink": NewLinkDocument(
                title: "t", expiresAt: upload.createdAt, filesMax: 1, usesMax: 1, bytesMax: 1, fileBytesMax: 1,
                types: ["image/*"]),
            "CapsulePatch": CapsulePatchDocument(title: .cleared, derive: .cleared),
        ]
        return others.merging(memories) { first, _ in first }.merging(batches(of: record)) { first, _ in first }
    }

    private static func batches(of record: UploadRecord) -> [String: any Encodable] {
        let time = WireTime(Records.createdAt)
        let item = BatchItemDocument(name: "n", type: "t", sha256: "s", modifiedAt: time, idempotencyKey: "k")
        let finish = BatchFinishDocument.Item(id: "i", sha256: "s", length: 1)
        var result = BatchResultsDocument.Result(Problem(UploadError(.committed)))
        result.blob = FinishedDocument(record)
        return [
            "BlobList": BlobListDocument(blobs: [], next: "n"),
            "BlobLookup": BlobLookupDocument(capsule: "c", sha256: ["s"]),
            "BlobCopy": BlobCopyDocument(
                capsule: "c", name: "n", type: "t", modifiedAt: time, derive: "none", companions: [companion]),
            "BatchItems": BatchItemsDocument(items: [item]), "BatchItem": item,
            "BatchFinish": BatchFinishDocument(uploads: [finish]), "BatchFinishItem": finish,
            "BatchResults": BatchResultsDocument(results: [result]), "BatchResult": result,
            "NewDownload": NewDownloadDocument(blobs: ["b"], archive: "a"),
            "Download": DownloadDocument(ticket: "t", size: 1, expiresAt: time),
        ]
    }

    private static var linkStatus: LinkStatus {
        let limits = LinkLimits(
            filesMax: 1, usesMax: 1, bytesMax: 1, fileBytesMax: 1, types: [MediaRange("image/*")].compactMap(\.self))
        return LinkStatus(
            link: UploadLink(
                id: LinkId(Records.id), capsule: Records.capsule, title: "t", createdAt: Records.createdAt,
                expiresAt: Records.lastSeen, limits: limits), usage: LinkUsage())
    }

    private static var memories: [String: any Encodable] {
        let (time, bytes) = (WireTime(Records.createdAt), WireBytes([1]))
        let taken = WireCaptureTime(CaptureTime(Records.createdAt))
        let asset = AssetDocument(
            id: "a", kind: "k", type: "t", size: 1, width: 1, height: 1, sha256: "s", blob: "b", inline: true,
            data: bytes)
        let memory = MemoryDocument(
            id: "i", capsule: "c", creator: "ann", title: "t", description: "d", tags: [], type: "t", takenAt: taken,
            takenAtZone: "+00:00", createdAt: time, state: .originalOnly, derivation: .partial, reason: "r",
            thumbhash: bytes, assets: [asset])
        let newAsset = NewAssetDocument(kind: "k", blob: "b", width: 1, height: 1)
        let newInline = NewInlineAssetDocument(kind: "k", type: "t", data: bytes, width: 1, height: 1)
        return [
            "Memory": memory, "Asset": asset, "MemoryList": MemoryListDocument(memories: [memory], next: "n"),
            "NewMemory": NewMemoryDocument(
                title: "t", description: "d", tags: [], type: "t", takenAt: taken, thumbhash: bytes, state: .complete,
                derivation: .partial, reason: "r", assets: [newAsset], inlineAssets: [newInline]),
            "NewAsset": newAsset, "NewInlineAsset": newInline,
            "MemoryPatch": MemoryPatchDocument(
                title: .cleared, description: .cleared, tags: .cleared, type: .cleared, takenAt: .cleared),
        ]
    }

    private static var problem: ProblemDocument {
        var problem = Problem(.internalError(incident: "i")).document
        (problem.argument, problem.index, problem.missing, problem.missingBytes) = ("a", 1, [], 1)
        (problem.offset, problem.given, problem.limit, problem.maximum) = (1, 1, "l", 1)
        (problem.quota, problem.used, problem.requested, problem.accepted) = (1, 1, 1, "t")
        problem.store = "bucket"
        (problem.expected, problem.actual, problem.found, problem.supported) = (.number(1), .text("b"), 1, 1)
        return problem
    }

    private struct AnyField: Decodable {}

    @Test(arguments: Schema.all.map(\.name)) func `a schema has exactly the fields that its document encodes`(
        _ name: String
    ) throws {
        let schema = try #require(Schema.all.first { $0.name == name })
        let document = try #require(Self.filled[name])
        let fields = try JSONDecoder().decode([String: AnyField].self, from: Data(NativeJSON.encode(document)))
        #expect(Set(fields.keys) == Set(schema.properties.map(\.name)))
    }

    @Test func `the required fields of a schema are those missing in an empty document`() throws {
        let document = ProblemDocument(title: "t", status: 400, detail: "d", code: "c")
        let fields = try JSONDecoder().decode([String: AnyField].self, from: Data(NativeJSON.encode(document)))
        let schema = try #require(Schema.all.first { $0.name == "Problem" })
        #expect(Set(fields.keys) == Set(schema.properties.filter { !$0.isOptional }.map(\.name)))
    }
}
