public import SessionCore
public import UploadCore

extension ModelCatalogue {
    public func linkSecret() async throws(UploadError) -> LinkSecret {
        try await read { $0.linkSecret }
    }

    public func createLink(
        _ link: UploadLink, linksMax: UInt64, membersMax: UInt64, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) {
        try await transact { state throws(UploadError) in
            try state.createLink(link, linksMax: linksMax, membersMax: membersMax, checkAccess: checkAccess)
        }
    }

    public func links(
        in capsule: CapsuleId, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> [LinkStatus] {
        try await transact { state throws(UploadError) in try state.links(in: capsule, checkAccess: checkAccess) }
    }

    public func link(_ id: LinkId) async throws(UploadError) -> LinkStatus? {
        try await read { $0.status(of: id) }
    }

    public func removeLink(
        _ id: LinkId, from capsule: CapsuleId, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) {
        try await transact { state throws(UploadError) in
            try state.removeLink(id, from: capsule, checkAccess: checkAccess)
        }
    }

    public func removeLinks(expiredBefore time: Timestamp, limit: Int) async throws(UploadError) -> Int {
        try await transact { state in state.removeLinks(expiredBefore: time, limit: limit) }
    }
}
