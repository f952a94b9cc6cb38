import SessionCore
import UploadCore

extension CatalogueFixture {
    /// Creates a link that expires at 1000.
    func newLink(
        _ capsule: Capsule, _ limits: LinkLimits = LinkLimits(), expiresAt: Int64 = 1000
    ) async throws -> UploadLink {
        let link = UploadLink(
            id: LinkId(nextId()), capsule: capsule.id, title: "Guests", createdAt: time(0), expiresAt: time(expiresAt),
            limits: limits)
        try await catalogue.createLink(link, linksMax: 100, membersMax: 100, checkAccess: admitAll)
        return link
    }

    func usage(of link: UploadLink) async throws -> LinkUsage {
        try requireValue(try await catalogue.link(link.id), "the link").usage
    }
}

extension CatalogueContract {
    static let links: [Check] = [
        Check("a link is found as it was created, alone and among those of its capsule") { fixture in
            let (capsule, other) = (try await fixture.newCapsule(), try await fixture.newCapsule())
            let types = try ["image/*", "video/mp4"].map { try requireValue(MediaRange($0), "a media range") }
            let first = try await fixture.newLink(
                capsule, LinkLimits(filesMax: 2, usesMax: 3, bytesMax: 1 << 62, fileBytesMax: 5, types: types))
            let second = try await fixture.newLink(capsule)
            _ = try await fixture.newLink(other)
            let found = try await fixture.catalogue.links(in: capsule.id, checkAccess: admitAll)
            try requireEqual(found.map(\.link), [first, second], "the links of the capsule")
            try requireEqual(
                try await fixture.catalogue.link(first.id), LinkStatus(link: first, usage: LinkUsage()), "the link")
            try requireEqual(try await fixture.catalogue.link(LinkId(fixture.nextId())), nil, "another link")
            try requireEqual(
                try await fixture.catalogue.linkSecret(), try await fixture.catalogue.linkSecret(), "the secret")
        },
        Check("the bearers of a link are an uploader and a member, from its creation to its removal") { fixture in
            let capsule = try await fixture.newCapsule()
            let link = try await fixture.newLink(capsule)
            let found = try requireValue(try await fixture.catalogue.capsule(capsule.id), "the capsule")
            try requireEqual(found.uploaders, [Principal(link.id)], "the uploaders")
            try requireEqual(found.role(of: Principal(link.id)), .uploader, "the role")
            try requireEqual(try await fixture.usage(of: fixture.ada).members, 1, "the members")
            try await fixture.catalogue.removeLink(link.id, from: capsule.id, checkAccess: admitAll)
            try requireEqual(try await fixture.catalogue.capsule(capsule.id), capsule, "the capsule")
            try requireEqual(try await fixture.catalogue.link(link.id), nil, "the link")
            try requireEqual(try await fixture.usage(of: fixture.ada).members, 0, "the members")
        },
        Check("what comes in through a link counts until it ends; its uses count for good") { fixture in
            let capsule = try await fixture.newCapsule()
            let link = try await fixture.newLink(capsule)
            func requireUsage(_ uses: UInt64, _ files: UInt64, _ bytes: UInt64, _ what: String) async throws {
                let usage = LinkUsage(uses: uses, files: files, bytes: bytes)
                try requireEqual(try await fixture.usage(of: link), usage, what)
            }
            let kept = try await fixture.committed(fixture.draft(capsule, link: link.id))
            let aborted = try await fixture.begin(fixture.draft(capsule, link: link.id))
            let pending = try await fixture.begin(fixture.draft(capsule, length: 10, link: link.id))
            try await requireUsage(3, 3, 60, "after three beginnings")
            try await fixture.catalogue.record(
                DurablePiece(.chunk(index: 0)), of: pending.id, seen: fixture.time(1))
            try await requireUsage(3, 3, 60, "after a chunk")
            _ = try await fixture.abort(aborted.id)
            try await requireUsage(3, 2, 35, "after an abort")
            _ = try await fixture.begin(fixture.draft(capsule, storage: .catalogue, content: "small", link: link.id))
            try await requireUsage(4, 3, 40, "after a whole upload")
            _ = try await fixture.begin(fixture.draft(capsule, caller: Principal(link.id)))
            try await requireUsage(4, 3, 40, "after a derived upload")
            _ = try await fixture.catalogue.deleteBlob(
                BlobId(kept.id), at: fixture.time(20), checkAccess: admitAll)
            try await requireUsage(4, 2, 15, "after a deletion")
        },
        Check("the limits of a link hold, at their edges") { fixture in
            let capsule = try await fixture.newCapsule()
            let limits = LinkLimits(filesMax: 2, usesMax: 3, bytesMax: 50, fileBytesMax: 30)
            let link = try await fixture.newLink(capsule, limits)
            func begin(_ length: UInt64?, at time: Int64 = 0) async throws -> UploadRecord {
                try await fixture.begin(fixture.draft(capsule, length: length, seen: time, link: link.id))
            }
            try await requireRefusal(.limitExceeded(.linkFileBytes, maximum: 30, actual: 31), "a byte too many") {
                try await begin(31)
            }
            try await requireRefusal(code: .invalidArgument, "an unknown length") { try await begin(nil) }
            let first = try await begin(30)
            try await requireRefusal(.limitExceeded(.linkBytes, maximum: 50, actual: 51), "bytes of all files") {
                try await begin(21)
            }
            _ = try await begin(20)
            try await requireRefusal(.limitExceeded(.linkFiles, maximum: 2, actual: 3), "a third file") {
                try await begin(0)
            }
            _ = try await fixture.abort(first.id)
            try await requireRefusal(.linkExpired, "a beginning at the expiry") { try await begin(0, at: 1000) }
            _ = try await begin(0, at: 999)
            _ = try await fixture.abort(try requireValue(try await fixture.pending(link).first, "a pending upload"))
            try await requireRefusal(.limitExceeded(.linkUses, maximum: 3, actual: 4), "a fourth use") {
                try await begin(0)
            }
        },
        Check("a repeated beginning through a link finds its upload, also when nothing more may begin") { fixture in
            let capsule = try await fixture.newCapsule()
            let link = try await fixture.newLink(capsule, LinkLimits(usesMax: 1))
            let draft = fixture.draft(capsule, key: IdempotencyKey("photo"), link: link.id)
            let first = try await fixture.begin(draft)
            let again = fixture.draft(capsule, key: IdempotencyKey("photo"), seen: 2000, link: link.id)
            guard case .replayed(let found) = try await fixture.catalogue.begin(again, checkAccess: admitAll) else {
                throw ContractViolation("the repeated beginning was taken for a new one")
            }
            try requireEqual(found.id, first.id, "the upload")
            try requireEqual(try await fixture.usage(of: link).uses, 1, "the uses")
        },
        Check("a link takes its types, no concatenations, and only uploads to its capsule") { fixture in
            let (capsule, other) = (try await fixture.newCapsule(), try await fixture.newCapsule())
            let images = try requireValue(MediaRange("image/*"), "a media range")
            let link = try await fixture.newLink(capsule, LinkLimits(types: [images]))
            func begin(_ type: String, to capsule: Capsule, isPartial: Bool = false) async throws {
                let asset = AssetMetadata(name: "x", contentType: type)
                _ = try await fixture.begin(
                    fixture.draft(capsule, asset: asset, isPartial: isPartial, link: link.id))
            }
            try await begin("image/jpeg", to: capsule)
            try await requireRefusal(.typeNotAccepted(accepted: "image/*"), "another type") {
                try await begin("text/plain", to: capsule)
            }
            try await requireRefusal(code: .invalidArgument, "a part") {
                try await begin("image/jpeg", to: capsule, isPartial: true)
            }
            try await requireRefusal(.notFound(.link), "another capsule") { try await begin("image/jpeg", to: other) }
            try await fixture.catalogue.removeLink(link.id, from: capsule.id, checkAccess: admitAll)
            try await requireRefusal(.notFound(.link), "a removed link") { try await begin("image/jpeg", to: capsule) }
        },
        Check("links are limited in each capsule and, as members, for each owner; refusals change nothing") { fixture in
            let capsule = try await fixture.newCapsule()
            _ = try await fixture.newLink(capsule)
            func create(linksMax: UInt64, membersMax: UInt64, _ check: @escaping AccessCheck = admitAll) async throws {
                let link = UploadLink(
                    id: LinkId(fixture.nextId()), capsule: capsule.id, title: "", createdAt: fixture.time(0),
                    expiresAt: fixture.time(1), limits: LinkLimits())
                try await fixture.catalogue.createLink(
                    link, linksMax: linksMax, membersMax: membersMax, checkAccess: check)
            }
            try await requireRefusal(.limitExceeded(.links, maximum: 1, actual: 2), "a second link") {
                try await create(linksMax: 1, membersMax: 10)
            }
            try await requireRefusal(.limitExceeded(.membersPerOwner, maximum: 1, actual: 2), "a second member") {
                try await create(linksMax: 10, membersMax: 1)
            }
            try await requireRefusal(.notFound(.capsule), "a refusal by checkAccess") {
                try await create(linksMax: 10, membersMax: 10, refuseAll)
            }
            try requireEqual(
                try await fixture.catalogue.links(in: capsule.id, checkAccess: admitAll).count, 1, "the links")
            try await create(linksMax: 2, membersMax: 2)
        },
        Check("only the owner's check and the right capsule remove a link") { fixture in
            let (capsule, other) = (try await fixture.newCapsule(), try await fixture.newCapsule())
            let link = try await fixture.newLink(capsule)
            try await requireRefusal(.notFound(.capsule), "a refusal by checkAccess") {
                try await fixture.catalogue.removeLink(link.id, from: capsule.id, checkAccess: refuseAll)
            }
            try await requireRefusal(.notFound(.link), "another capsule") {
                try await fixture.catalogue.removeLink(link.id, from: other.id, checkAccess: admitAll)
            }
            try requireEqual(try await fixture.catalogue.link(link.id)?.link, link, "the link")
        },
        Check("expired links are removed in the order of their expiry, a page at a time") { fixture in
            let capsule = try await fixture.newCapsule()
            let late = try await fixture.newLink(capsule, expiresAt: 300)
            let early = try await fixture.newLink(capsule, expiresAt: 100)
            let kept = try await fixture.newLink(capsule, expiresAt: 301)
            func remove() async throws -> Int {
                try await fixture.catalogue.removeLinks(expiredBefore: fixture.time(301), limit: 1)
            }
            try requireEqual(try await remove(), 1, "the first page")
            try requireEqual(try await fixture.catalogue.link(early.id), nil, "the earliest")
            try requireEqual(try await fixture.catalogue.link(late.id)?.link, late, "a later one")
            try requireEqual(try await remove(), 1, "the second page")
            try requireEqual(try await remove(), 0, "the third page")
            let found = try await fixture.catalogue.links(in: capsule.id, checkAccess: admitAll)
            try requireEqual(found.map(\.link), [kept], "the rest")
        },
    ]
}

extension CatalogueFixture {
    fileprivate func pending(_ link: UploadLink) async throws -> [SessionId] {
        try await catalogue.uploads(
            UploadFilter(state: .pending, capsule: link.capsule, caller: Principal(link.id)), after: nil, limit: 10
        ).map(\.id)
    }
}
