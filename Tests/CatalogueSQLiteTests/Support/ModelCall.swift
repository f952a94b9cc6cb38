import SessionCore
import UploadCore
import UploadDerivation
import UploadMemories
import UploadTestKit

/// A call of one verb, with its answer as text.
struct ModelCall: Sendable {
    typealias Verb = @Sendable (any PhotoCatalogue) async throws(UploadError) -> String

    let name: String
    /// The upload that it begins.
    private(set) var begins: SessionId?
    private let verb: Verb

    private init(_ name: String, begins: SessionId? = nil, _ verb: @escaping Verb) {
        self.name = name
        self.begins = begins
        self.verb = verb
    }

    /// Line by line.
    func answer(of catalogue: any PhotoCatalogue) async -> [Substring] {
        do throws(UploadError) {
            return try await verb(catalogue).split(separator: "\n", omittingEmptySubsequences: false)
        } catch {
            return [Substring(error.code.rawValue)]
        }
    }

    init(drawnFrom random: inout SeededRandom, at now: Int64) {
        let number = random.within(1...120)
        let others = (0...random.below(3)).map { _ in random.within(1...120) }
        switch random.below(16) {
        case 0...2: self = .begin(number, &random, at: now)
        case 3: self = .concatenate(number, others, &random, at: now)
        case 4...5: self = .record(number, &random, at: now)
        case 6...7: self = .commit(number, at: now)
        case 8: self = .end(number, &random, at: now)
        case 9: self = .change(number, others, &random, at: now)
        case 10: self = .makeMemory(number, others, &random, at: now)
        case 11: self = .deleteMemory(number, &random, at: now)
        case 12...13: self = .derive(number, &random, at: now)
        case 14: self = .remove(random.within(1...5), at: now - Int64(random.below(3000)))
        default: self = .ask(number, &random, at: now)
        }
    }
}

/// Limits that are reached now and then.
private func allowance(_ random: inout SeededRandom) -> Allowance {
    guard random.chance(0.7) else { return .unlimited }
    return Allowance(
        callerUploadsMax: 12, callerBytesMax: 200, quotas: Quotas(standardBytes: UInt64(random.within(300...900))),
        partsMax: 6, partRepeatsMax: 3, concatenationBytesMax: 120)
}

// MARK: - Verbs

extension ModelCall {
    private static func begin(_ number: Int, _ random: inout SeededRandom, at now: Int64) -> Self {
        let key = random.chance(0.3) ? "key \(random.below(5))" : nil
        let isPartial = random.chance(0.5)
        let isAppend = random.chance(0.5)
        let storage: Storage = random.chance(0.5) ? .file : .catalogue
        let content = random.chance(0.3) ? random.bytes(random.below(40)) : nil
        let recipe = random.chance(0.4) && !isPartial ? Recipe.photo : nil
        let companions =
            recipe != nil && random.chance(0.3)
            ? [Companion(kind: .raw, blob: BlobId(id(random.within(1...120))))] : []
        let takesCapsuleRecipe = recipe == nil && random.chance(0.3) && !isPartial
        let draft = UploadDraft.of(
            number, key: key, layout: isAppend ? .append : .chunks(size: 10), length: random.chance(0.5) ? 25 : nil,
            isPartial: isPartial, storage: storage, activeMax: 20, seen: now,
            content: content, recipe: recipe, companions: companions, takesCapsuleRecipe: takesCapsuleRecipe,
            allowance: allowance(&random))
        return Self("begin \(number)", begins: id(number)) { catalogue throws(UploadError) in
            describe(try await catalogue.begin(draft, checkAccess: admitAll).record)
        }
    }

    private static func concatenate(
        _ number: Int, _ parts: [Int], _ random: inout SeededRandom, at now: Int64
    ) -> Self {
        if random.chance(0.3) { return copy(number, of: parts[0], at: now) }
        let draft = UploadDraft.of(
            number, layout: .append, length: nil, parts: parts.map { id($0) }, isPartial: random.chance(0.4), seen: now,
            allowance: allowance(&random))
        return Self("concatenate \(number) \(parts)", begins: id(number)) { catalogue throws(UploadError) in
            describe(try await catalogue.begin(draft, checkAccess: admitAll).record)
        }
    }

    private static func copy(_ number: Int, of source: Int, at now: Int64) -> Self {
        let copy = UploadDraft.of(number, layout: .append, length: nil, parts: [id(source)], seen: now)
        let draft = UploadDraft(record: copy.record, activeMax: 0, source: BlobId(id(source)))
        return Self("copy \(number) \(source)", begins: id(number)) { catalogue throws(UploadError) in
            describe(try await catalogue.begin(draft, checkAccess: admitAll).record)
        }
    }

    private static func record(_ number: Int, _ random: inout SeededRandom, at now: Int64) -> Self {
        let index = UInt64(random.below(3))
        let bytes = random.bytes(index == 2 ? 5 : 10)
        let admission = Admission(checkAccess: admitAll, allowance: allowance(&random))
        return Self("record \(number) \(index)") { catalogue throws(UploadError) in
            let session = try await catalogue.upload(id(number))?.session
            let start = session?.spec.chunkSize == nil ? session?.offset ?? 0 : index * 10
            let place: DurablePiece.Place =
                session?.spec.chunkSize == nil ? .append(through: start + UInt64(bytes.count)) : .chunk(index: index)
            try await catalogue.record(
                DurablePiece(place, length: index == 2 ? 25 : nil, bytes: (start, bytes)), of: id(number),
                fence: .initial, seen: time(now), admission: admission)
            return "recorded"
        }
    }

    /// With the length that is right, so that most commits succeed.
    private static func commit(_ number: Int, at now: Int64) -> Self {
        Self("commit \(number)") { catalogue throws(UploadError) in
            var length = try await catalogue.upload(id(number))?.session.spec.expectedBytes ?? 25
            if let parts = try? await catalogue.extentsOfParts(id(number)), !parts.isEmpty {
                length = parts.joined(by: 0) { $0 + $1.length }
            }
            let digest = BlobDigest.whole(Digest(of: [UInt8(number)]))
            return describe(
                try await catalogue.commit(
                    id(number), length: length, digest: digest, at: time(now), checkAccess: admitAll))
        }
    }

    private static func end(_ number: Int, _ random: inout SeededRandom, at now: Int64) -> Self {
        if random.chance(0.3) {
            return Self("delete \(number)") { catalogue throws(UploadError) in
                describe(try await catalogue.deleteBlob(BlobId(id(number)), at: time(now), checkAccess: admitAll))
            }
        }
        let since = random.chance(0.3) ? time(now - 500) : nil
        return Self("end \(number)") { catalogue throws(UploadError) in
            describe(try await catalogue.end(id(number), as: .expired(at: time(now)), unlessSeenSince: since))
        }
    }

    private static func remove(_ limit: Int, at time: Int64) -> Self {
        Self("remove \(limit) before \(time)") { catalogue throws(UploadError) in
            "\(try await catalogue.removeEnded(before: CatalogueSQLiteTests.time(time), limit: limit).map(\.text))"
        }
    }

    private static func change(
        _ number: Int, _ others: [Int], _ random: inout SeededRandom, at now: Int64
    ) -> Self {
        let length: UInt64? = random.chance(0.5) ? 25 : nil
        let size = UInt64(random.below(30))
        let admission = Admission(checkAccess: admitAll, allowance: allowance(&random))
        return Self("change \(number), touch \(others), forget \(others[0]) past \(size)") {
            catalogue throws(UploadError) in
            try await catalogue.touch(Dictionary(others.map { (id($0), time(now)) }) { first, _ in first })
            try await catalogue.forgetPieces(of: id(others[0]), in: [size..<UInt64.max])
            try await catalogue.keepWholeDigest(Digest(of: [UInt8(size)]), of: id(number))
            try await catalogue.amend(
                id(number), asset: AssetMetadata(name: "at \(now)"), length: length, fence: .initial, seen: time(now),
                admission: admission)
            return "amended"
        }
    }

    private static func makeMemory(
        _ number: Int, _ blobs: [Int], _ random: inout SeededRandom, at now: Int64
    ) -> Self {
        let key = random.chance(0.3) ? IdempotencyKey(bytes: [UInt8(random.below(4))]) : nil
        let inline = random.bytes(random.below(60))
        let draft = MemoryDraft(
            id: MemoryId(id(number)), capsule: letters.id, creator: ada, details: MemoryDetails(title: "at \(now)"),
            createdAt: time(now),
            assets: blobs.enumerated().map { index, blob in
                NewAsset(
                    id: AssetId(id(index)), draft: AssetDraft(kind: .original, content: .blob(BlobId(id(blob)))),
                    digest: nil)
            } + [
                NewAsset(
                    id: AssetId(id(99)), draft: AssetDraft(kind: .thumb, content: .inline(inline, contentType: "a/b")),
                    digest: nil)
            ], key: key, fingerprint: Digest(of: [UInt8(number % 2)]),
            limits: MemoryLimits(
                inlineBudgetBytes: 200, assetsMax: 5, quotas: allowance(&random).quotas, caller: ada))
        return Self("memory \(number) \(blobs)") { catalogue throws(UploadError) in
            "\(try await catalogue.createMemory(draft, checkAccess: admitAll))"
        }
    }

    private static func deleteMemory(_ number: Int, _ random: inout SeededRandom, at now: Int64) -> Self {
        let withBlobs = random.chance(0.5)
        return Self("delete memory \(number)") { catalogue throws(UploadError) in
            describe(
                try await catalogue.deleteMemory(
                    MemoryId(id(number)), withBlobs: withBlobs, at: time(now), checkAccess: admitAll))
        }
    }

    private static func derive(_ number: Int, _ random: inout SeededRandom, at now: Int64) -> Self {
        let reason = random.chance(0.5) ? "reason \(now)" : nil
        let takesAttemptBack = random.chance(0.3)
        let isLast = random.chance(0.4)
        let (isKnown, isStale) = (random.chance(0.8), random.chance(0.2))
        let change = CapsuleChange(title: reason, recipe: random.chance(0.5) ? .some(.photo) : .some(nil))
        let draft = MemoryDraft(
            id: MemoryId(id(number)), capsule: letters.id, creator: ada, details: MemoryDetails(title: "at \(now)"),
            createdAt: time(now),
            assets: [
                NewAsset(
                    id: AssetId(id(1)), draft: AssetDraft(kind: .original, content: .blob(BlobId(id(number)))),
                    digest: nil)
            ], key: nil, fingerprint: Digest(of: [1]), limits: MemoryLimits(inlineBudgetBytes: 200, assetsMax: 5),
            derivationError: reason)
        return Self("derive \(number)") { catalogue throws(UploadError) in
            var answers = [
                "\(try await catalogue.updateCapsule(letters.id, change, checkAccess: admitAll).recipe as Any)",
                "\(try await catalogue.startDerivation(of: id(number)) as Any)",
                "\(try await catalogue.dueDerivations(at: time(now), after: nil, excluding: [], limit: 4))",
                "\(try await catalogue.dueDerivations(at: time(now), after: ada, excluding: [id(number)], limit: 2))",
                "\(try await catalogue.derivations(in: letters.id, state: .failed, order: .newestFirst, after: id(number), limit: 4))",
            ]
            let attempt = (try await catalogue.derivation(of: id(number))?.attempts ?? 0) - (isStale ? 1 : 0)
            if isLast {
                let memory = try await catalogue.finishDerivation(of: id(number), attempt: attempt, with: draft)
                answers.append("\(memory as Any)")
            } else {
                try await catalogue.postponeDerivation(
                    of: id(number), attempt: isKnown ? attempt : nil, until: time(now + 100), reason: reason,
                    takesAttemptBack: takesAttemptBack)
            }
            return answers.joined(separator: "\n")
        }
    }

    private static func ask(_ number: Int, _ random: inout SeededRandom, at now: Int64) -> Self {
        let start = UInt64(random.below(20))
        let state = UploadFilter.State(rawValue: random.below(5))
        return Self("ask \(number)") { catalogue throws(UploadError) in
            let filter = UploadFilter(state: state, capsule: letters.id)
            let order = MemoryOrder.allCases[number % MemoryOrder.allCases.count]
            let position = MemoryPosition(id: MemoryId(id(number)), shownAt: time(now - 3).milliseconds)
            let answers: [String] = [
                "\(try await catalogue.countByStatus()) \(try await catalogue.countBlobs())",
                "\(try await catalogue.countActive(capsule: letters.id, caller: ada))",
                "\(try await catalogue.usages(after: nil, limit: 5)) \(try await catalogue.totalUsage())",
                "\(try await catalogue.wholeDigest(of: id(number)) as Any)",
                "\(try await catalogue.lastSeen(before: time(now - 300), limit: 5).map(\.text))",
                "\(try await catalogue.pendingLastSeen(before: time(now - 300), of: ada, limit: 5).map(\.text))",
                "\(try await catalogue.blobs(BlobFilter(capsule: letters.id, nameContains: "1"), after: id(number), limit: 5))",
                "\(try await catalogue.blobs(withDigests: [Digest(of: [UInt8(number)])], in: letters.id, andThoseOf: ada).map(\.size))",
                "\(try await catalogue.uploads(filter, after: id(number), limit: 10).map { describe($0.record) + "\(String(describing: $0.derivation))" })",
                "\(try await catalogue.catalogueBytes(id(number), start..<start + 10))",
                "\(try await catalogue.memories(in: letters.id, after: position, order: order, limit: 5))",
                describe(try await catalogue.garbage(limit: 1000)),
                "\(String(describing: try await catalogue.blob(BlobId(id(number)))?.blob))",
            ]
            // The parts of what has ended are nobody's business either.
            guard let upload = try await catalogue.upload(id(number)), !upload.hasEnded else {
                return answers.joined(separator: "\n")
            }
            let extents =
                "\(try await catalogue.extentsOfParts(id(number))) \(try await catalogue.partsStatus(of: id(number)))"
                + " \(try await catalogue.pendingConcatenations(of: id(number)).map(\.text))"
            return (answers + [extents]).joined(separator: "\n")
        }
    }
}

// MARK: - Answers

/// An upload that has ended says nothing of its pieces and parts: what it keeps of them is the implementation's
/// business.
private func describe(_ record: UploadRecord) -> String {
    let session = record.session
    var words = ["\(record.meta)", "\(session.meta)", "\(session.spec)"]
    if !record.hasEnded {
        words += ["\(session.pieces.ranges()) \(session.offset) \(record.parts.map(\.text))"]
        words += ["\(String(describing: record.digest))"]
    }
    return words.joined(separator: "\n")
}

private func describe(_ keys: [ObjectKey]) -> String {
    keys.map(\.digest.hex).sorted().joined(separator: " ")
}

extension UploadRecord {
    fileprivate var hasEnded: Bool { !session.meta.status.isPending && blob == nil }
}

extension [[Extent]?] {
    fileprivate func joined(by zero: UInt64, _ add: (UInt64, Extent) -> UInt64) -> UInt64 {
        compactMap(\.self).joined().reduce(zero, add)
    }
}
