import SessionCore
import UploadCore

extension ModelState {
    /// A link with what came in through it, computed from all uploads.
    func status(of id: LinkId) -> LinkStatus? {
        guard let link = links[id] else { return nil }
        let uploads = uploads.values.filter { $0.link == id && !$0.isEnded }
        return LinkStatus(
            link: link,
            usage: LinkUsage(
                uses: linkUses[id, default: 0], files: UInt64(uploads.count),
                bytes: uploads.reduce(0) { $0 + $1.countedBytes }))
    }

    mutating func createLink(
        _ link: UploadLink, linksMax: UInt64, membersMax: UInt64, checkAccess: AccessCheck
    ) throws(UploadError) {
        var capsule = try requireCapsule(link.capsule)
        try checkAccess(capsule)
        guard links[link.id] == nil else { throw UploadError(.alreadyExists) }
        try Limits.require(UInt64(capsule.uploaders.count) + 1, atMost: linksMax, .links)
        try Limits.require(usage(of: capsule.owner).members + 1, atMost: membersMax, .membersPerOwner)
        links[link.id] = link
        capsule.uploaders.insert(Principal(link.id))
        capsules[capsule.id] = capsule
    }

    func links(in id: CapsuleId, checkAccess: AccessCheck) throws(UploadError) -> [LinkStatus] {
        try checkAccess(try requireCapsule(id))
        return links.keys.sorted().compactMap { status(of: $0) }.filter { $0.link.capsule == id }
    }

    mutating func removeLink(_ id: LinkId, from capsule: CapsuleId, checkAccess: AccessCheck) throws(UploadError) {
        try checkAccess(try requireCapsule(capsule))
        guard let link = links[id], link.capsule == capsule else { throw UploadError(.notFound(.link)) }
        remove(link)
    }

    mutating func removeLinks(expiredBefore time: Timestamp, limit: Int) -> Int {
        let expired = links.values.filter { $0.expiresAt < time }.sorted {
            ($0.expiresAt, $0.id) < ($1.expiresAt, $1.id)
        }
        let removed = expired.prefix(max(0, limit))
        for link in removed { remove(link) }
        return removed.count
    }

    private mutating func remove(_ link: UploadLink) {
        links[link.id] = nil
        capsules[link.capsule]?.uploaders.remove(Principal(link.id))
    }
}
