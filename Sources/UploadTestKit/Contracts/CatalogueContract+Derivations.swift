import SessionCore
import UploadCore
import UploadDerivation
import UploadMemories

extension CatalogueContract {
    static let derivations: [Check] =
        [
            Check("the commit of an upload with a recipe adds a derivation that is due at once") { fixture in
                let capsule = try await fixture.newCapsule()
                let upload = try await fixture.begin(fixture.draft(capsule, recipe: .photo))
                try require(
                    try await fixture.catalogue.derivation(of: upload.id) == nil,
                    "a derivation exists before the commit")
                try await fixture.commit(upload.id, at: 10)
                let expected = fixture.derivation(of: upload, dueAt: 10)
                try requireEqual(try await fixture.catalogue.derivation(of: upload.id), expected, "the derivation")
                try requireEqual(
                    try await fixture.due(), [expected], "the pending derivations")
                try await fixture.commit(upload.id, at: 20)
                try requireEqual(
                    try await fixture.catalogue.derivation(of: upload.id), expected, "after another commit")
            },
            Check("lists show the derivations of committed uploads with a recipe, and of no others") { fixture in
                let capsule = try await fixture.newCapsule()
                let plain = try await fixture.blob(in: capsule).value
                let pending = try await fixture.begin(fixture.draft(capsule, recipe: .photo))
                let waiting = try await fixture.committed(fixture.draft(capsule, recipe: .photo))
                let failed = try await fixture.committed(fixture.draft(capsule, recipe: .photo))
                let deleted = try await fixture.committed(fixture.draft(capsule, recipe: .photo))
                _ = try await fixture.catalogue.deleteBlob(
                    BlobId(deleted.id), at: fixture.time(30), checkAccess: admitAll)
                _ = try await fixture.catalogue.startDerivation(of: failed.id)
                for filter in [UploadFilter(), UploadFilter(capsule: capsule.id)] {
                    let page = try await fixture.catalogue.uploads(filter, after: nil, limit: 10)
                    try requireEqual(
                        page.map(\.id), [plain, pending.id, waiting.id, failed.id, deleted.id], "the page")
                    var expected: [Derivation?] = [nil, nil]
                    for id in [waiting.id, failed.id] {
                        expected.append(try await fixture.catalogue.derivation(of: id))
                    }
                    try requireEqual(page.map(\.derivation), expected + [nil], "the derivations")
                    let next = try await fixture.catalogue.uploads(filter, after: waiting.id, limit: 1)
                    try requireEqual(next.map(\.derivation), [expected[3]], "the derivation on the next page")
                }
            },
            Check("an upload committed at its beginning has its derivation at once") { fixture in
                let capsule = try await fixture.newCapsule()
                let upload = try await fixture.begin(
                    fixture.draft(capsule, storage: .catalogue, seen: 7, content: "bytes", recipe: .photo))
                let found = try requireValue(try await fixture.catalogue.derivation(of: upload.id), "the derivation")
                try requireEqual(found.dueAt, fixture.time(7), "its due time")
            },
            Check("uploads without a recipe and uncommitted uploads have no derivation") { fixture in
                let capsule = try await fixture.newCapsule()
                let plain = try await fixture.blob(in: capsule).value
                let pending = try await fixture.begin(fixture.draft(capsule, recipe: .photo)).id
                let aborted = try await fixture.begin(fixture.draft(capsule, recipe: .photo)).id
                _ = try await fixture.abort(aborted)
                for id in [plain, pending, aborted, fixture.nextId()] {
                    try require(try await fixture.catalogue.derivation(of: id) == nil, "\(id.text) has a derivation")
                    try require(try await fixture.catalogue.startDerivation(of: id) == nil, "\(id.text) was started")
                    let memory = try await fixture.catalogue.finishDerivation(
                        of: id, attempt: 0, with: fixture.memory(capsule))
                    try require(memory == nil, "\(id.text) became a memory")
                }
                try requireEqual(
                    try await fixture.due(), [], "the pending derivations")
            },
            Check("the capsule's recipe becomes that of uploads that request it, and of no others") { fixture in
                let capsule = try await fixture.newCapsule()
                let change = CapsuleChange(recipe: .some(.photo))
                let changed = try await fixture.catalogue.updateCapsule(capsule.id, change, checkAccess: admitAll)
                try requireEqual(changed.recipe, .photo, "the capsule's recipe")
                let asking = try await fixture.begin(fixture.draft(capsule, takesCapsuleRecipe: true))
                try requireEqual(asking.meta.recipe, .photo, "the recipe of an upload that requests the capsule's")
                try requireEqual(try await fixture.found(asking.id).meta.recipe, .photo, "the recipe read back")
                let other = try await fixture.begin(fixture.draft(capsule))
                try require(other.meta.recipe == nil, "an upload got a recipe without requesting it")
            },
            Check("an update of a capsule changes the given fields and nothing else") { fixture in
                let capsule = try await fixture.newCapsule()
                try await fixture.catalogue.setRole(.writer, of: fixture.ben, in: capsule.id, checkAccess: admitAll)
                var expected = try requireValue(try await fixture.catalogue.capsule(capsule.id), "the capsule")
                func change(_ change: CapsuleChange) async throws {
                    let answer = try await fixture.catalogue.updateCapsule(capsule.id, change, checkAccess: admitAll)
                    try requireEqual(answer, expected, "the answer to \(change)")
                    try requireEqual(try await fixture.catalogue.capsule(capsule.id), expected, "the capsule read back")
                }
                expected.title = "Photos"
                try await change(CapsuleChange(title: "Photos"))
                expected.recipe = .photo
                try await change(CapsuleChange(recipe: .some(.photo)))
                try await change(CapsuleChange())
                expected.recipe = nil
                try await change(CapsuleChange(recipe: .some(nil)))
                try await requireRefusal(.notFound(.capsule), "a refusal by checkAccess") {
                    try await fixture.catalogue.updateCapsule(
                        capsule.id, CapsuleChange(title: "No"), checkAccess: refuseAll)
                }
                try await requireRefusal(.notFound(.capsule), "an unknown capsule") {
                    let unknown = CapsuleId(fixture.nextId())
                    return try await fixture.catalogue.updateCapsule(unknown, CapsuleChange(), checkAccess: admitAll)
                }
                try requireEqual(try await fixture.catalogue.capsule(capsule.id), expected, "the capsule at the end")
            },
        ] + attempts

    private static let attempts: [Check] = [
        Check("attempts are counted at their start, and postponed to their due time") { fixture in
            let capsule = try await fixture.newCapsule()
            let (first, second) = (try await fixture.toDerive(in: capsule), try await fixture.toDerive(in: capsule))
            var expected = fixture.derivation(of: first, attempts: 1)
            try requireEqual(
                try await fixture.catalogue.startDerivation(of: first.id), expected, "the started derivation")
            try await fixture.postpone(first.id, attempt: 1, until: 60, "the worker died")
            expected = fixture.derivation(of: first, attempts: 1, dueAt: 60, reason: "the worker died")
            try requireEqual(try await fixture.catalogue.derivation(of: first.id), expected, "the postponed derivation")
            let pending = try await fixture.due()
            try requireEqual(
                pending.map(\.upload), [first.id, second.id], "the pending derivations, the one that was due last first"
            )
            let next = try await fixture.due(limit: 1)
            try requireEqual(next.map(\.upload), [first.id], "a page of one")

            _ = try await fixture.catalogue.startDerivation(of: first.id)
            try await fixture.postpone(first.id, attempt: 2, until: 70, nil, takesAttemptBack: true)
            expected = fixture.derivation(of: first, attempts: 1, dueAt: 70)
            try requireEqual(try await fixture.catalogue.derivation(of: first.id), expected, "an attempt taken back")
        },
        Check("after a start that may have failed, a derivation is postponed, and never to an earlier time") {
            fixture in
            let capsule = try await fixture.newCapsule()
            let upload = try await fixture.toDerive(in: capsule)
            for (time, expected) in [(60, 60), (40, 60), (80, 80)] as [(Int64, Int64)] {
                try await fixture.postpone(upload.id, until: time, "at \(time)", takesAttemptBack: true)
                try requireEqual(
                    try await fixture.catalogue.derivation(of: upload.id),
                    fixture.derivation(of: upload, dueAt: expected, reason: "at \(time)"), "until \(time)")
            }
        },
        Check("an attempt that another one has followed may end its derivation as done, and changes nothing else") {
            fixture in
            let capsule = try await fixture.newCapsule()
            let upload = try await fixture.toDerive(in: capsule)
            for _ in 0..<2 { _ = try await fixture.catalogue.startDerivation(of: upload.id) }
            try await fixture.postpone(upload.id, attempt: 1, until: 60, "late", takesAttemptBack: true)
            let failure = fixture.memory(capsule, derivationError: "late")
            try require(
                try await fixture.catalogue.finishDerivation(of: upload.id, attempt: 1, with: failure) == nil,
                "it failed for the attempt that followed")
            try require(try await fixture.catalogue.memory(failure.id) == nil, "a memory of a failure was created")
            try requireEqual(
                try await fixture.catalogue.derivation(of: upload.id), fixture.derivation(of: upload, attempts: 2),
                "the derivation")
            let memory = try requireValue(
                try await fixture.catalogue.finishDerivation(
                    of: upload.id, attempt: 1, with: fixture.memory(capsule)), "the memory")
            try requireEqual(
                try await fixture.catalogue.derivation(of: upload.id),
                fixture.derivation(of: upload, state: .done, attempts: 2, memory: memory.id),
                "the derivation at the end")
        },
        Check("the memory and the end of the derivation are one transaction, and happen once") { fixture in
            let capsule = try await fixture.newCapsule()
            for derivationError in [nil, "the file is no picture"] {
                let upload = try await fixture.toDerive(in: capsule)
                _ = try await fixture.catalogue.startDerivation(of: upload.id)
                let draft = fixture.memory(
                    capsule, assets: [fixture.asset(BlobId(upload.id))], derivationError: derivationError)
                let memory = try requireValue(
                    try await fixture.catalogue.finishDerivation(of: upload.id, attempt: 1, with: draft), "the memory")
                try requireEqual(memory.derivationError, derivationError, "the derivationError")
                try requireEqual(try await fixture.catalogue.memory(draft.id)?.memory, memory, "the memory read back")
                let expected = fixture.derivation(
                    of: upload, state: derivationError == nil ? .done : .failed, attempts: 1, reason: derivationError,
                    memory: memory.id)
                try requireEqual(try await fixture.catalogue.derivation(of: upload.id), expected, "the derivation")

                let again = fixture.memory(capsule)
                try require(
                    try await fixture.catalogue.finishDerivation(of: upload.id, attempt: 1, with: again) == nil,
                    "the derivation ended twice")
                try require(try await fixture.catalogue.memory(again.id) == nil, "a second memory was created")
                for attempt in [1, nil] { try await fixture.postpone(upload.id, attempt: attempt, until: 99, "late") }
                try requireEqual(try await fixture.catalogue.derivation(of: upload.id), expected, "a late postponement")
            }
            try requireEqual(try await fixture.due(), [], "the pending derivations")
        },
        Check("the end of a derivation corrects the media type and keeps a note") { fixture in
            let capsule = try await fixture.newCapsule()
            for extent in DerivationNote.Extent.allCases {
                let upload = try await fixture.toDerive(in: capsule)
                let plain = fixture.memory(capsule, assets: [fixture.asset(BlobId(upload.id))])
                let note = DerivationNote(extent, "a remark")
                let draft = MemoryDraft(
                    id: plain.id, capsule: plain.capsule, creator: plain.creator, details: plain.details,
                    createdAt: plain.createdAt, assets: plain.assets, key: nil, fingerprint: plain.fingerprint,
                    limits: plain.limits, derivationNote: note, correctedType: "image/heic")
                let memory = try requireValue(
                    try await fixture.catalogue.finishDerivation(of: upload.id, attempt: 0, with: draft), "the memory")
                try requireEqual(memory.derivationNote, note, "the note")
                try requireEqual(memory.assets.map(\.contentType), ["image/heic"], "the asset's type")
                try requireEqual(try await fixture.catalogue.memory(draft.id)?.memory, memory, "the memory read back")
                let blob = try await fixture.catalogue.blob(BlobId(upload.id))?.blob
                try requireEqual(blob?.asset.contentType, "image/heic", "the blob's type")
            }
        },
        Check("a memory that cannot be created leaves its derivation pending") { fixture in
            let capsule = try await fixture.newCapsule()
            let upload = try await fixture.toDerive(in: capsule)
            let draft = fixture.memory(capsule, assets: [fixture.asset(BlobId(fixture.nextId()))])
            try await requireRefusal(.notFound(.blob), "a memory of a missing blob") {
                try await fixture.catalogue.finishDerivation(of: upload.id, attempt: 0, with: draft)
            }
            try requireEqual(
                try await fixture.catalogue.derivation(of: upload.id), fixture.derivation(of: upload), "the derivation")
        },
        Check("the deletion of an original ends its pending derivation as failed") { fixture in
            let capsule = try await fixture.newCapsule()
            let upload = try await fixture.toDerive(in: capsule)
            _ = try await fixture.catalogue.deleteBlob(BlobId(upload.id), at: fixture.time(20), checkAccess: admitAll)
            let found = try requireValue(try await fixture.catalogue.derivation(of: upload.id), "the derivation")
            try requireEqual(found.state, .failed, "its state")
            try requireEqual(found.reason, "the original was deleted", "its reason")
            try require(found.memory == nil, "it has a memory")
        },
        Check("due derivations come round-robin by caller, and each caller's begin with the one that was due last") {
            fixture in
            let capsule = try await fixture.newCapsule()
            var ids: [Principal: [SessionId]] = [:]
            for (caller, count) in [(fixture.ada, 4), (fixture.ben, 2), (Principal("zoe"), 1)] {
                for _ in 0..<count {
                    let draft = fixture.draft(capsule, caller: caller, recipe: .photo)
                    ids[caller, default: []].append(try await fixture.committed(draft).id)
                }
            }
            let (ada, ben) = (ids[fixture.ada, default: []], ids[fixture.ben, default: []])
            let zoe = ids[Principal("zoe"), default: []]
            // The first of ada's becomes due after the others.
            try await fixture.postpone(ada[0], until: 50, nil)
            let turns = [ada[0], ben[1], zoe[0], ada[3], ben[0], ada[2], ada[1]]
            for limit in 0...8 {
                let due = try await fixture.due(limit: limit)
                try requireEqual(due.map(\.upload), Array(turns.prefix(limit)), "the first \(limit)")
            }
            for (caller, expected) in [
                (fixture.ada, [ben[1], zoe[0], ada[0], ben[0]]), (fixture.ben, [zoe[0], ada[0], ben[1], ada[3]]),
                (Principal("zoe"), [ada[0], ben[1], zoe[0], ada[3]]),
                (Principal("b"), [ben[1], zoe[0], ada[0], ben[0]]),
            ] {
                let due = try await fixture.due(after: caller, limit: 4)
                try requireEqual(due.map(\.upload), expected, "after the turn of \(caller.name)")
            }
            let others = try await fixture.due(excluding: [ada[0], ben[1], zoe[0]], limit: 3)
            try requireEqual(others.map(\.upload), [ada[3], ben[0], ada[2]], "without those that run")
        },
        Check("derivations that are not due take no turn, and the next due time is told") { fixture in
            let capsule = try await fixture.newCapsule()
            func due(_ milliseconds: Int64) async throws -> DueDerivations {
                try await fixture.catalogue.dueDerivations(
                    at: fixture.time(milliseconds), after: nil, excluding: [], limit: 9)
            }
            try requireEqual(try await due(0), DueDerivations(derivations: [], nextDueAt: nil), "nothing")
            let upload = try await fixture.toDerive(in: capsule).id
            try await fixture.postpone(upload, until: 50, nil)
            let other = try await fixture.toDerive(in: capsule).id
            try await fixture.postpone(other, until: 70, nil)
            try requireEqual(
                try await due(49), DueDerivations(derivations: [], nextDueAt: fixture.time(50)), "before both")
            var found = try await due(50)
            try requireEqual(found.derivations.map(\.upload), [upload], "at the first")
            try requireEqual(found.nextDueAt, fixture.time(70), "the next due time")
            found = try await due(70)
            try requireEqual(found.derivations.map(\.upload), [other, upload], "at the second")
            try requireEqual(found.nextDueAt, nil, "no further due time")
        },
        Check("a caller's pending derivations are limited when an upload begins, in all capsules together") { fixture in
            let (here, there) = (try await fixture.newCapsule(), try await fixture.newCapsule())
            let first = try await fixture.toDerive(in: here)
            _ = try await fixture.committed(fixture.draft(there, recipe: .photo, pendingDerivationsMax: 2))
            for capsule in [here, there] {
                try await requireRefusal(.limitExceeded(.pendingDerivations, maximum: 2, actual: 3), "one too many") {
                    try await fixture.catalogue.begin(
                        fixture.draft(capsule, recipe: .photo, pendingDerivationsMax: 2), checkAccess: admitAll)
                }
            }
            _ = try await fixture.begin(fixture.draft(here, pendingDerivationsMax: 0))
            _ = try await fixture.begin(
                fixture.draft(here, caller: fixture.ben, recipe: .photo, pendingDerivationsMax: 1))
            _ = try await fixture.catalogue.finishDerivation(of: first.id, attempt: 0, with: fixture.memory(here))
            _ = try await fixture.begin(fixture.draft(here, recipe: .photo, pendingDerivationsMax: 2))
        },
        Check("derivations are listed by capsule and state, page by page") { fixture in
            let (here, there) = (try await fixture.newCapsule(), try await fixture.newCapsule())
            var ids: [SessionId] = []
            for _ in 0..<4 { ids.append(try await fixture.toDerive(in: here).id) }
            _ = try await fixture.toDerive(in: there)
            _ = try await fixture.catalogue.finishDerivation(of: ids[1], attempt: 0, with: fixture.memory(here))
            func list(
                _ state: Derivation.State?, _ order: CreationOrder = .oldestFirst, after: SessionId? = nil,
                limit: Int = 9
            ) async throws -> [SessionId] {
                try await fixture.catalogue.derivations(
                    in: here.id, state: state, order: order, after: after, limit: limit
                ).map(\.upload)
            }
            try requireEqual(try await list(nil), ids, "all")
            try requireEqual(try await list(.pending), [ids[0], ids[2], ids[3]], "the pending derivations")
            try requireEqual(try await list(.done), [ids[1]], "the done derivations")
            try requireEqual(try await list(.pending, after: ids[0], limit: 1), [ids[2]], "a page")
            try requireEqual(try await list(nil, after: ids[3]), [], "the page after the last one")
            try requireEqual(
                try await list(.pending, .newestFirst), [ids[3], ids[2], ids[0]], "the newest pending derivations")
            let page = try await list(nil, .newestFirst, after: ids[2], limit: 1)
            try requireEqual(page, [ids[1]], "a page of the newest")
            try requireEqual(try await list(nil, .newestFirst, after: ids[0]), [], "the page after the oldest")
            try requireEqual(try await fixture.catalogue.countPendingDerivations(in: here.id), 3, "the pending ones")
        },
    ]
}

extension CatalogueFixture {
    /// A committed upload with a recipe.
    fileprivate func toDerive(in capsule: Capsule) async throws -> UploadRecord {
        try await committed(draft(capsule, recipe: .photo))
    }

    /// The derivations that are due long after any time of these checks.
    fileprivate func due(
        after caller: Principal? = nil, excluding running: Set<SessionId> = [], limit: Int = 9
    ) async throws -> [Derivation] {
        try await catalogue.dueDerivations(at: time(1_000_000), after: caller, excluding: running, limit: limit)
            .derivations
    }

    fileprivate func derivation(
        of upload: UploadRecord, state: Derivation.State = .pending, attempts: Int = 0, dueAt: Int64 = 10,
        reason: String? = nil, memory: MemoryId? = nil
    ) -> Derivation {
        Derivation(
            upload: upload.id, capsule: upload.meta.capsule, caller: upload.meta.caller, recipe: .photo,
            asset: AssetMetadata(name: upload.meta.asset.name, contentType: upload.meta.asset.contentType),
            state: state, attempts: attempts, dueAt: time(dueAt), reason: reason, memory: memory)
    }

    fileprivate func postpone(
        _ id: SessionId, attempt: Int? = nil, until milliseconds: Int64, _ reason: String?,
        takesAttemptBack: Bool = false
    ) async throws {
        try await catalogue.postponeDerivation(
            of: id, attempt: attempt, until: time(milliseconds), reason: reason, takesAttemptBack: takesAttemptBack)
    }
}
