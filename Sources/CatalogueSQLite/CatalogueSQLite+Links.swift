public import SessionCore
import Synchronization
public import UploadCore

extension CatalogueSQLite {
    public func linkSecret() async throws(UploadError) -> LinkSecret {
        if let known = knownLinkSecret.withLock({ $0 }) { return known }
        let secret = try await read { queries throws(UploadError) in try queries.linkSecret() }
        knownLinkSecret.withLock { $0 = secret }
        return secret
    }

    public func createLink(
        _ link: UploadLink, linksMax: UInt64, membersMax: UInt64, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) {
        try await add { queries throws(UploadError) in
            try queries.createLink(link, linksMax: linksMax, membersMax: membersMax, checkAccess: checkAccess)
        }
    }

    public func links(
        in capsule: CapsuleId, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> [LinkStatus] {
        try await read { queries throws(UploadError) in try queries.links(in: capsule, checkAccess: checkAccess) }
    }

    public func link(_ id: LinkId) async throws(UploadError) -> LinkStatus? {
        try await read { queries throws(UploadError) in try queries.link(id) }
    }

    public func removeLink(
        _ id: LinkId, from capsule: CapsuleId, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) {
        try await write(freesSpace: true) { queries throws(UploadError) in
            try queries.removeLink(id, from: capsule, checkAccess: checkAccess)
        }
    }

    public func removeLinks(expiredBefore time: Timestamp, limit: Int) async throws(UploadError) -> Int {
        try await write(freesSpace: true) { queries throws(UploadError) in
            try queries.removeLinks(expiredBefore: time, limit: limit)
        }
    }
}
