import SessionCore
import UploadCore
import UploadMemories

extension CatalogueContract {
    static let quotas: [Check] = [
        Check("an upload begins if the owner's quota has room for its length, and not with a byte less") { fixture in
            let capsule = try await fixture.newCapsule()
            let allowance = Allowance(quotas: Quotas(standardBytes: 60))
            _ = try await fixture.begin(fixture.draft(capsule, allowance: allowance))
            try await fixture.commit(fixture.begin(fixture.draft(capsule, allowance: allowance)).id)
            let refused = fixture.draft(capsule, length: 11, allowance: allowance)
            let figures = QuotaFigures(quota: 60, used: 50, requested: 11)
            try await requireRefusal(.quotaExceeded(figures), "one byte too many") {
                try await fixture.catalogue.begin(refused, checkAccess: admitAll)
            }
            try require(try await fixture.catalogue.upload(refused.record.id) == nil, "the refused upload was recorded")
            let content = fixture.draft(capsule, storage: .catalogue, content: "eleven byte", allowance: allowance)
            try await requireRefusal(.quotaExceeded(figures), "content of one byte too many") {
                try await fixture.catalogue.begin(content, checkAccess: admitAll)
            }
            try await requireRefusal(.limitExceeded(.quotaBytes, maximum: 60, actual: 61), "more than the quota") {
                try await fixture.catalogue.begin(
                    fixture.draft(capsule, length: 61, allowance: allowance), checkAccess: admitAll)
            }
            _ = try await fixture.begin(fixture.draft(capsule, length: 10, allowance: allowance))
            try await requireRefusal(code: .quotaExceeded, "an upload of unknown length without room") {
                try await fixture.catalogue.begin(
                    fixture.draft(capsule, length: nil, allowance: allowance), checkAccess: admitAll)
            }
            _ = try await fixture.begin(fixture.draft(capsule, length: 0, allowance: allowance))
            try requireEqual(try await fixture.usage(of: fixture.ada).quotaBytes, 60, "used")
        },
        Check("the quota is that of the capsule's owner, whose figures a member is not told") { fixture in
            let (ada, ben) = (fixture.ada, fixture.ben)
            let capsule = try await fixture.newCapsule()
            let allowance = Allowance(quotas: Quotas(standardBytes: 10, bytesByOwner: [ada: 30, ben: 0]))
            _ = try await fixture.begin(fixture.draft(capsule, caller: ben, allowance: allowance))
            try await requireRefusal(.quotaExceeded(nil), "an upload of a member") {
                try await fixture.catalogue.begin(
                    fixture.draft(capsule, caller: ben, allowance: allowance), checkAccess: admitAll)
            }
            let own = try await fixture.newCapsule(owner: ben)
            for _ in 0..<2 { _ = try await fixture.begin(fixture.draft(own, caller: ben, allowance: allowance)) }
        },
        Check("an end frees its bytes in the quota, and a replay needs none") { fixture in
            let capsule = try await fixture.newCapsule()
            let allowance = Allowance(quotas: Quotas(standardBytes: 25))
            let key = IdempotencyKey("key")
            for _ in 0..<2 {
                let record = try await fixture.begin(fixture.draft(capsule, key: key, allowance: allowance))
                _ = try await fixture.replayed(fixture.draft(capsule, key: key, allowance: allowance))
                _ = try await fixture.abort(record.id)
            }
            let part = try await fixture.begin(fixture.draft(capsule, isPartial: true, allowance: allowance))
            try await fixture.commit(part.id)
            // It stores nothing.
            _ = try await fixture.begin(fixture.concatenation(of: [part.id], in: capsule, allowance: allowance))
        },
        Check("an upload of unknown length is refused at the piece or the length that would pass the quota") {
            fixture in
            let capsule = try await fixture.newCapsule()
            let admission = Admission(
                checkAccess: admitAll, allowance: Allowance(quotas: Quotas(standardBytes: 20)))
            func record(_ place: DurablePiece.Place, length: UInt64? = nil, of id: SessionId) async throws {
                try await fixture.catalogue.record(
                    DurablePiece(place, length: length), of: id, fence: .initial, seen: fixture.time(9),
                    admission: admission)
            }
            let chunks = try await fixture.begin(fixture.draft(capsule, length: nil))
            for index: UInt64 in [3, 1, 3] { try await record(.chunk(index: index), of: chunks.id) }
            let before = try await fixture.found(chunks.id)
            let figures = QuotaFigures(quota: 20, used: 20, requested: 10)
            try await requireRefusal(.quotaExceeded(figures), "a third chunk") {
                try await record(.chunk(index: 2), of: chunks.id)
            }
            try await requireRefusal(code: .tooLarge, "a length of 45") {
                try await record(.chunk(index: 4), length: 45, of: chunks.id)
            }
            try requireSame(try await fixture.found(chunks.id), before, "the refused upload")
            _ = try await fixture.abort(chunks.id)
            let append = try await fixture.begin(fixture.draft(capsule, layout: .append, length: nil))
            for end: UInt64 in [10, 20, 20] { try await record(.append(through: end), of: append.id) }
            try await requireRefusal(code: .quotaExceeded, "a byte more") {
                try await record(.append(through: 21), of: append.id)
            }
            func amend(_ length: UInt64) async throws {
                try await fixture.catalogue.amend(
                    append.id, asset: nil, length: length, fence: .initial, seen: fixture.time(9), admission: admission)
            }
            try await requireRefusal(code: .quotaExceeded, "a length of 21") { try await amend(21) }
            try await amend(20)
        },
        Check("the caller's pending uploads and their bytes are limited over all capsules") { fixture in
            let here = try await fixture.newCapsule()
            let there = try await fixture.newCapsule(owner: fixture.ben)
            let allowance = Allowance(callerUploadsMax: 3, callerBytesMax: 60)
            func begin(_ capsule: Capsule, _ length: UInt64?) async throws -> UploadRecord {
                try await fixture.begin(fixture.draft(capsule, length: length, allowance: allowance))
            }
            _ = try await begin(here, 25)
            let second = try await begin(there, 25)
            try await requireRefusal(.limitExceeded(.pendingBytes, maximum: 60, actual: 61), "a byte too many") {
                try await begin(there, 11)
            }
            let third = try await begin(there, nil)
            try await requireRefusal(.limitExceeded(.activeUploadsPerCaller, maximum: 3, actual: 4), "a fourth") {
                try await begin(here, 0)
            }
            let admission = Admission(checkAccess: admitAll, allowance: allowance)
            func record(_ end: UInt64) async throws {
                try await fixture.catalogue.record(
                    DurablePiece(.chunk(index: end / 10 - 1)), of: third.id, fence: .initial, seen: fixture.time(1),
                    admission: admission)
            }
            try await record(10)
            try await requireRefusal(code: .tooMany, "a chunk too many") { try await record(20) }
            try await fixture.commit(second.id)
            try await record(20)
            _ = try await begin(here, 15)
        },
        Check("capsules and members are limited for each owner; the default capsule and a new role are not") {
            fixture in
            func create(_ owner: Principal) async throws {
                let capsule = Capsule(
                    id: CapsuleId(fixture.nextId()), title: "", owner: owner, createdAt: fixture.time(0))
                try await fixture.catalogue.createCapsule(capsule, capsulesMax: 2)
            }
            for _ in 0..<2 { try await create(fixture.ada) }
            try await requireRefusal(.limitExceeded(.capsules, maximum: 2, actual: 3), "a third") {
                try await create(fixture.ada)
            }
            try await create(fixture.ben)
            _ = try await fixture.catalogue.defaultCapsule(
                Capsule(id: CapsuleId(fixture.nextId()), title: "", owner: fixture.ada, createdAt: fixture.time(0)))
            let capsules = try await fixture.catalogue.capsules(of: fixture.ada, after: nil, limit: 9)
            func add(_ name: String, _ role: Role?, to capsule: Capsule) async throws {
                try await fixture.catalogue.setRole(
                    role, of: Principal(name), in: capsule.id, membersMax: 2, checkAccess: admitAll)
            }
            try await add("cleo", .reader, to: capsules[0])
            try await add("cleo", .reader, to: capsules[1])
            try await requireRefusal(.limitExceeded(.membersPerOwner, maximum: 2, actual: 3), "a third member") {
                try await add("dora", .reader, to: capsules[0])
            }
            try await add("cleo", .writer, to: capsules[0])
            try await add("cleo", nil, to: capsules[1])
            try await add("dora", .reader, to: capsules[1])
        },
        Check("inline assets need room in the quota") { fixture in
            let capsule = try await fixture.newCapsule()
            let limits = MemoryLimits(
                inlineBudgetBytes: 1 << 20, assetsMax: 9, quotas: Quotas(standardBytes: 20), caller: fixture.ada)
            let memory = try await fixture.catalogue.createMemory(
                fixture.memory(capsule, assets: [fixture.inline("twelve bytes")], limits: limits),
                checkAccess: admitAll)
            let figures = QuotaFigures(quota: 20, used: 12, requested: 12)
            try await requireRefusal(.quotaExceeded(figures), "an asset too many") {
                try await fixture.catalogue.addAsset(
                    fixture.inline("twelve more!"), to: memory.id, limits: limits, checkAccess: admitAll)
            }
            _ = try await fixture.catalogue.addAsset(
                fixture.inline("8 bytes!"), to: memory.id, limits: limits, checkAccess: admitAll)
        },
        Check("concurrent uploads do not exceed the quota") { fixture in
            let capsule = try await fixture.newCapsule()
            let allowance = Allowance(quotas: Quotas(standardBytes: 249))
            let drafts = (0..<64).map { _ in fixture.draft(capsule, allowance: allowance) }
            let begun = await withTaskGroup(of: Bool.self) { group in
                for draft in drafts {
                    group.addTask { (try? await fixture.begin(draft)) != nil }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            try requireEqual(begun, 9, "uploads of 25 bytes")
            try requireEqual(try await fixture.usage(of: fixture.ada).reservedBytes, 225, "reserved")
        },
    ]
}
