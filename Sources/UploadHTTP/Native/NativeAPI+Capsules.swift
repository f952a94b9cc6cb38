import HTTPTypes
import Hummingbird
import HummingbirdCore
import NativeWire
import SessionCore
import UploadCore
import UploadDerivation

extension NativeAPI {
    func createCapsule(_ request: AuthenticatedRequest) async throws -> Response {
        let body = try await request.document(NewCapsuleDocument.self)
        let capsule = try await uploads.createCapsule(
            title: body.title ?? "", recipe: try body.recipe(), by: request.principal)
        return try .json(
            CapsuleDocument(capsule, for: request.principal), status: .created,
            location: NativePath.capsule(capsule.id.text))
    }

    func listCapsules(_ request: AuthenticatedRequest) async throws -> Response {
        let page = try request.page(max: uploads.limits.pageMax)
        let capsules = try await uploads.capsules(
            after: page.cursor.map { CapsuleId($0) }, limit: page.limit, by: request.principal)
        let next = capsules.count == page.limit ? capsules.last?.id.text : nil
        return try .json(
            CapsuleListDocument(capsules: capsules.map { CapsuleDocument($0, for: request.principal) }, next: next))
    }

    func getCapsule(_ request: AuthenticatedRequest) async throws -> Response {
        let capsule = try await uploads.capsule(try await capsuleId(request), by: request.principal)
        return try .json(CapsuleDocument(capsule, for: request.principal))
    }

    func updateCapsule(_ request: AuthenticatedRequest) async throws -> Response {
        let id = try await capsuleId(request)
        let change = try await request.document(CapsulePatchDocument.self).change()
        let capsule = try await uploads.updateCapsule(id, change, by: request.principal)
        return try .json(CapsuleDocument(capsule, for: request.principal))
    }

    func setMember(_ request: AuthenticatedRequest) async throws -> Response {
        let id = try await capsuleId(request)
        let role = try await request.document(MemberDocument.self).checkedRole()
        let member = try member(request)
        try await uploads.setRole(role, of: member, in: id, by: request.principal)
        request.audit.log(.memberSet(member, role, id))
        return .noContent
    }

    func removeMember(_ request: AuthenticatedRequest) async throws -> Response {
        let (member, id) = (try member(request), try await capsuleId(request))
        try await uploads.setRole(nil, of: member, in: id, by: request.principal)
        request.audit.log(.memberRemoved(member, id))
        return .noContent
    }

    private func member(_ request: AuthenticatedRequest) throws(UploadError) -> Principal {
        guard let name = NativePath.decode(request.parameter("principal") ?? "") else {
            throw UploadError(.invalidArgument("principal", "is not percent-encoded UTF-8"))
        }
        return Principal(name)
    }
}

extension NativeAPI {
    /// The derivations of a capsule's uploads, pending and ended.
    func listDerivations(_ request: AuthenticatedRequest) async throws -> Response {
        var query = try DerivationQuery { request.query($0) }
        query.limit = min(query.limit, uploads.limits.pageMax)
        let capsule = try await capsuleId(request)
        let derivations = try await uploads.derivations(
            in: capsule, state: query.state, order: query.order, after: query.cursor, limit: query.limit,
            by: request.principal)
        let pending = try await uploads.countPendingDerivations(in: capsule, by: request.principal)
        let next = derivations.count == query.limit ? derivations.last?.upload.text : nil
        return try .json(
            DerivationListDocument(
                derivations: derivations.map { ListedDerivationDocument($0, isDeriving: isDeriving) },
                pending: pending, next: next))
    }
}
