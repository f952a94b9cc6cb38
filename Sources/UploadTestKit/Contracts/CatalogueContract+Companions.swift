import SessionCore
import UploadCore
import UploadDerivation
import UploadMemories

extension CatalogueContract {
    static let companions: [Check] = [
        Check("companions become assets of the memory, those that were deleted before are left out") { fixture in
            let capsule = try await fixture.newCapsule()
            let (video, raw) = (try await fixture.blob(in: capsule), try await fixture.blob(in: capsule))
            let companions = [Companion(kind: .video, blob: video), Companion(kind: .raw, blob: raw)]
            let upload = try await fixture.committed(fixture.draft(capsule, recipe: .photo, companions: companions))
            try requireEqual(upload.meta.companions, companions, "the companions of the upload")
            let derivation = try requireValue(try await fixture.catalogue.derivation(of: upload.id), "the derivation")
            try requireEqual(derivation.companions, companions, "the companions of the derivation")
            _ = try await fixture.catalogue.deleteBlob(video, at: fixture.time(20), checkAccess: admitAll)
            let draft = fixture.memory(
                capsule, assets: [fixture.asset(BlobId(upload.id))],
                companions: companions.map { fixture.companion($0) })
            let memory = try requireValue(
                try await fixture.catalogue.finishDerivation(of: upload.id, attempt: 0, with: draft), "the memory")
            try requireEqual(memory.assets.map(\.kind), [.original, .raw], "the kinds of the assets")
            try requireEqual(memory.assets.last?.blob, raw, "the blob of the companion")
            try requireEqual(try await fixture.catalogue.memory(draft.id)?.memory, memory, "the memory read back")
            try await requireRefusal(.inUse(by: .memory), "the deletion of a companion in use") {
                try await fixture.catalogue.deleteBlob(raw, at: fixture.time(30), checkAccess: admitAll)
            }
            _ = try await fixture.catalogue.deleteMemory(
                memory.id, withBlobs: true, at: fixture.time(40), checkAccess: admitAll)
            try require(try await fixture.catalogue.blob(raw) == nil, "the companion outlived its memory")
        },
        Check("a companion is a blob of the capsule, or the upload does not begin") { fixture in
            let (here, there) = (try await fixture.newCapsule(), try await fixture.newCapsule())
            let elsewhere = try await fixture.blob(in: there)
            let deleted = try await fixture.blob(in: here)
            _ = try await fixture.catalogue.deleteBlob(deleted, at: fixture.time(20), checkAccess: admitAll)
            let pending = BlobId(try await fixture.begin(fixture.draft(here)).id)
            let part = BlobId(try await fixture.committedPart(here).id)
            for blob in [elsewhere, deleted, pending, part, BlobId(fixture.nextId())] {
                let draft = fixture.draft(here, recipe: .photo, companions: [Companion(kind: .raw, blob: blob)])
                try await requireRefusal(.notFound(.blob), "\(blob.text)") {
                    try await fixture.catalogue.begin(draft, checkAccess: admitAll)
                }
                try require(try await fixture.catalogue.upload(draft.record.id) == nil, "a refused upload exists")
            }
        },
        Check("readers can name any blob of the capsule, bearers of a link only blobs of that link") { fixture in
            let capsule = try await fixture.newCapsule()
            try await fixture.catalogue.setRole(.writer, of: fixture.ben, in: capsule.id, checkAccess: admitAll)
            let link = try await fixture.newLink(capsule)
            let guests = BlobId(try await fixture.committed(fixture.draft(capsule, link: link.id)).id)
            let owners = try await fixture.blob(in: capsule)
            for blob in [guests, owners] {
                let companions = [Companion(kind: .video, blob: blob)]
                for caller in [fixture.ada, fixture.ben] {
                    _ = try await fixture.begin(
                        fixture.draft(capsule, caller: caller, recipe: .photo, companions: companions))
                }
            }
            _ = try await fixture.begin(
                fixture.draft(
                    capsule, recipe: .photo, companions: [Companion(kind: .video, blob: guests)], link: link.id))
            try await requireRefusal(.notFound(.blob), "a blob of another for the bearer of a link") {
                try await fixture.catalogue.begin(
                    fixture.draft(
                        capsule, recipe: .photo, companions: [Companion(kind: .video, blob: owners)], link: link.id),
                    checkAccess: admitAll)
            }
        },
        Check("a repeated request finds its upload also without its companions, and its end drops them") { fixture in
            let capsule = try await fixture.newCapsule()
            let raw = try await fixture.blob(in: capsule)
            let draft = fixture.draft(
                capsule, key: IdempotencyKey("key"), recipe: .photo, companions: [Companion(kind: .raw, blob: raw)])
            let upload = try await fixture.begin(draft)
            _ = try await fixture.catalogue.deleteBlob(raw, at: fixture.time(20), checkAccess: admitAll)
            try requireEqual(try await fixture.replayed(draft).id, upload.id, "the repeated request")
            _ = try await fixture.abort(upload.id)
            try requireEqual(try await fixture.found(upload.id).meta.companions, [], "the companions after the end")
        },
    ]
}

extension CatalogueFixture {
    fileprivate func companion(_ companion: Companion) -> NewAsset {
        let draft = AssetDraft(kind: companion.kind.assetKind, content: .blob(companion.blob))
        return NewAsset(id: AssetId(nextId()), draft: draft, digest: nil)
    }
}
