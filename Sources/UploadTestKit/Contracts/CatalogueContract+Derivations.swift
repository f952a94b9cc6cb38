import SessionCore
import UploadCore

extension CatalogueContract {
    static let derivations: [Check] =
        [
            Check("a commit of an upload with a recipe leaves a derivation that is due at once") { bench in
                let capsule = try await bench.newCapsule()
                let upload = try await bench.begin(bench.draft(capsule, recipe: .photo))
                try require(
                    try await bench.catalogue.derivation(of: upload.id) == nil, "it was there before the commit")
                try await bench.commit(upload.id, at: 10)
                let expected = bench.derivation(of: upload, dueAt: 10)
                try requireEqual(try await bench.catalogue.derivation(of: upload.id), expected, "the derivation")
                try requireEqual(try await bench.catalogue.pendingDerivations(limit: 9), [expected], "those pending")
                try await bench.commit(upload.id, at: 20)
                try requireEqual(try await bench.catalogue.derivation(of: upload.id), expected, "after another commit")
            },
            Check("an upload that is committed as it begins has its derivation with that") { bench in
                let capsule = try await bench.newCapsule()
                let upload = try await bench.begin(
                    bench.draft(capsule, storage: .catalogue, seen: 7, content: "bytes", recipe: .photo))
                let found = try requireValue(try await bench.catalogue.derivation(of: upload.id), "the derivation")
                try requireEqual(found.dueAt, bench.time(7), "when it is due")
            },
            Check("an upload without a recipe, or that was never committed, has no derivation") { bench in
                let capsule = try await bench.newCapsule()
                let plain = try await bench.blob(in: capsule).value
                let pending = try await bench.begin(bench.draft(capsule, recipe: .photo)).id
                let aborted = try await bench.begin(bench.draft(capsule, recipe: .photo)).id
                _ = try await bench.abort(aborted)
                for id in [plain, pending, aborted, bench.nextId()] {
                    try require(try await bench.catalogue.derivation(of: id) == nil, "\(id.text) has a derivation")
                    try require(try await bench.catalogue.startDerivation(of: id) == nil, "\(id.text) was started")
                    let memory = try await bench.catalogue.finishDerivation(of: id, with: bench.memory(capsule))
                    try require(memory == nil, "\(id.text) became a memory")
                }
                try requireEqual(try await bench.catalogue.pendingDerivations(limit: 9), [], "those pending")
            },
            Check("the capsule's recipe becomes that of uploads that ask for it, and of no others") { bench in
                let capsule = try await bench.newCapsule()
                let change = CapsuleChange(recipe: .some(.photo))
                let changed = try await bench.catalogue.updateCapsule(capsule.id, change, admit: admitAll)
                try requireEqual(changed.recipe, .photo, "the capsule's recipe")
                let asking = try await bench.begin(bench.draft(capsule, takesCapsuleRecipe: true))
                try requireEqual(asking.meta.recipe, .photo, "the recipe of one that asks")
                try requireEqual(try await bench.found(asking.id).meta.recipe, .photo, "the recipe read back")
                let other = try await bench.begin(bench.draft(capsule))
                try require(other.meta.recipe == nil, "one that does not ask got a recipe")
            },
            Check("a change of a capsule changes what it names and nothing else") { bench in
                let capsule = try await bench.newCapsule()
                try await bench.catalogue.setRole(.writer, of: bench.ben, in: capsule.id, admit: admitAll)
                var expected = try requireValue(try await bench.catalogue.capsule(capsule.id), "the capsule")
                func change(_ change: CapsuleChange) async throws {
                    let answer = try await bench.catalogue.updateCapsule(capsule.id, change, admit: admitAll)
                    try requireEqual(answer, expected, "the answer to \(change)")
                    try requireEqual(try await bench.catalogue.capsule(capsule.id), expected, "the capsule read back")
                }
                expected.title = "Photos"
                try await change(CapsuleChange(title: "Photos"))
                expected.recipe = .photo
                try await change(CapsuleChange(recipe: .some(.photo)))
                try await change(CapsuleChange())
                expected.recipe = nil
                try await change(CapsuleChange(recipe: .some(nil)))
                try await requireRefusal(.notFound(.capsule), "a refusal of admit") {
                    try await bench.catalogue.updateCapsule(capsule.id, CapsuleChange(title: "No"), admit: refuseAll)
                }
                try await requireRefusal(.notFound(.capsule), "an unknown capsule") {
                    let unknown = CapsuleId(bench.nextId())
                    return try await bench.catalogue.updateCapsule(unknown, CapsuleChange(), admit: admitAll)
                }
                try requireEqual(try await bench.catalogue.capsule(capsule.id), expected, "the capsule at the end")
            },
        ] + attempts

    private static let attempts: [Check] = [
        Check("attempts are counted when they begin, and put off to when they are due again") { bench in
            let capsule = try await bench.newCapsule()
            let (first, second) = (try await bench.toDerive(in: capsule), try await bench.toDerive(in: capsule))
            var expected = bench.derivation(of: first, attempts: 1)
            try requireEqual(try await bench.catalogue.startDerivation(of: first.id), expected, "the one started")
            try await bench.postpone(first.id, until: 60, "the worker died")
            expected = bench.derivation(of: first, attempts: 1, dueAt: 60, reason: "the worker died")
            try requireEqual(try await bench.catalogue.derivation(of: first.id), expected, "the one put off")
            let pending = try await bench.catalogue.pendingDerivations(limit: 9)
            try requireEqual(
                pending.map(\.upload), [second.id, first.id], "those pending, due first before the others")
            let next = try await bench.catalogue.pendingDerivations(limit: 1)
            try requireEqual(next.map(\.upload), [second.id], "a page of one")

            _ = try await bench.catalogue.startDerivation(of: first.id)
            try await bench.postpone(first.id, until: 70, nil, takesAttemptBack: true)
            expected = bench.derivation(of: first, attempts: 1, dueAt: 70)
            try requireEqual(try await bench.catalogue.derivation(of: first.id), expected, "an attempt taken back")
        },
        Check("the memory and the end of the derivation are one step, once") { bench in
            let capsule = try await bench.newCapsule()
            for shortfall in [nil, "the file is no picture"] {
                let upload = try await bench.toDerive(in: capsule)
                _ = try await bench.catalogue.startDerivation(of: upload.id)
                let draft = bench.memory(capsule, assets: [bench.asset(BlobId(upload.id))], shortfall: shortfall)
                let memory = try requireValue(
                    try await bench.catalogue.finishDerivation(of: upload.id, with: draft), "the memory")
                try requireEqual(memory.shortfall, shortfall, "the shortfall")
                try requireEqual(try await bench.catalogue.memory(draft.id)?.memory, memory, "the memory read back")
                let expected = bench.derivation(
                    of: upload, state: shortfall == nil ? .done : .failed, attempts: 1, reason: shortfall,
                    memory: memory.id)
                try requireEqual(try await bench.catalogue.derivation(of: upload.id), expected, "the derivation")

                let again = bench.memory(capsule)
                try require(
                    try await bench.catalogue.finishDerivation(of: upload.id, with: again) == nil, "it ended twice")
                try require(try await bench.catalogue.memory(again.id) == nil, "a second memory was made")
                try await bench.postpone(upload.id, until: 99, "late")
                try requireEqual(try await bench.catalogue.derivation(of: upload.id), expected, "a late putting off")
            }
            try requireEqual(try await bench.catalogue.pendingDerivations(limit: 9), [], "those pending")
        },
        Check("a memory that cannot be made leaves its derivation pending") { bench in
            let capsule = try await bench.newCapsule()
            let upload = try await bench.toDerive(in: capsule)
            let draft = bench.memory(capsule, assets: [bench.asset(BlobId(bench.nextId()))])
            try await requireRefusal(.notFound(.blob), "a memory of a blob that is not there") {
                try await bench.catalogue.finishDerivation(of: upload.id, with: draft)
            }
            try requireEqual(
                try await bench.catalogue.derivation(of: upload.id), bench.derivation(of: upload), "the derivation")
        },
        Check("the deletion of an original that was not derived yet ends its derivation as failed") { bench in
            let capsule = try await bench.newCapsule()
            let upload = try await bench.toDerive(in: capsule)
            _ = try await bench.catalogue.deleteBlob(BlobId(upload.id), at: bench.time(20), admit: admitAll)
            let found = try requireValue(try await bench.catalogue.derivation(of: upload.id), "the derivation")
            try requireEqual(found.state, .failed, "its state")
            try requireEqual(found.reason, "the original was deleted", "its reason")
            try require(found.memory == nil, "it has a memory")
        },
        Check("derivations are listed by capsule and state, page by page") { bench in
            let (here, there) = (try await bench.newCapsule(), try await bench.newCapsule())
            var ids: [SessionId] = []
            for _ in 0..<4 { ids.append(try await bench.toDerive(in: here).id) }
            _ = try await bench.toDerive(in: there)
            _ = try await bench.catalogue.finishDerivation(of: ids[1], with: bench.memory(here))
            func list(_ state: Derivation.State?, after: SessionId? = nil, limit: Int = 9) async throws -> [SessionId] {
                try await bench.catalogue.derivations(in: here.id, state: state, after: after, limit: limit)
                    .map(\.upload)
            }
            try requireEqual(try await list(nil), ids, "all")
            try requireEqual(try await list(.pending), [ids[0], ids[2], ids[3]], "those pending")
            try requireEqual(try await list(.done), [ids[1]], "those done")
            try requireEqual(try await list(.pending, after: ids[0], limit: 1), [ids[2]], "a page")
            try requireEqual(try await list(nil, after: ids[3]), [], "the page behind the last")
        },
    ]
}

extension CatalogueBench {
    /// A committed upload with a recipe.
    fileprivate func toDerive(in capsule: Capsule) async throws -> UploadRecord {
        try await committed(draft(capsule, recipe: .photo))
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
        _ id: SessionId, until milliseconds: Int64, _ reason: String?, takesAttemptBack: Bool = false
    ) async throws {
        try await catalogue.postponeDerivation(
            of: id, until: time(milliseconds), reason: reason, takesAttemptBack: takesAttemptBack)
    }
}
