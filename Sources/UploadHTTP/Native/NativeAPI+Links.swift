import HTTPTypes
import HummingbirdCore
import NativeWire
import SessionCore
import UploadCore

/// Upload links: the owner's side, and what their bearers see of them.
extension NativeAPI {
    func createLink(_ request: AuthenticatedRequest) async throws -> Response {
        let capsule = try await capsuleId(request)
        let body = try await request.document(NewLinkDocument.self)
        let issued = try await uploads.createLink(
            to: capsule, title: body.title ?? "", expiresAt: body.expiresAt.timestamp, limits: try body.limits(),
            by: request.principal)
        request.audit.log(.linkCreated(issued.link.id, capsule))
        return try .json(
            LinkDocument(issued.status, token: issued.token), status: .created,
            location: NativePath.link(issued.link.id.text, to: capsule.text))
    }

    func listLinks(_ request: AuthenticatedRequest) async throws -> Response {
        let issued = try await uploads.links(to: try await capsuleId(request), by: request.principal)
        return try .json(LinkListDocument(links: issued.map { LinkDocument($0.status, token: $0.token) }))
    }

    func removeLink(_ request: AuthenticatedRequest) async throws -> Response {
        let capsule = try await capsuleId(request)
        guard let link = LinkId(text: request.parameter("link") ?? "") else { throw UploadError(.notFound(.link)) }
        try await uploads.removeLink(link, to: capsule, by: request.principal)
        request.audit.log(.linkRemoved(link, capsule))
        return .noContent
    }

    func getLink(_ request: AuthenticatedRequest) async throws -> Response {
        try .json(OwnLinkDocument(try await uploads.link(of: request.principal)))
    }
}
