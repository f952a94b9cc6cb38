import HTTPTypes
import Hummingbird
import HummingbirdCore
import NativeWire
import UploadCore

extension NativeAPI {
    func createCapsule(_ call: AuthenticatedRequest) async throws -> Response {
        let body = try await call.document(NewCapsuleDocument.self)
        let capsule = try await uploads.createCapsule(
            title: body.title ?? "", recipe: try body.recipe(), by: call.principal)
        return try .json(
            CapsuleDocument(capsule), status: .created, location: NativePath.capsule(capsule.id.text))
    }

    func listCapsules(_ call: AuthenticatedRequest) async throws -> Response {
        let page = try call.page(max: uploads.limits.pageMax)
        let capsules = try await uploads.capsules(
            after: page.cursor.map { CapsuleId($0) }, limit: page.limit, by: call.principal)
        let next = capsules.count == page.limit ? capsules.last?.id.text : nil
        return try .json(CapsuleListDocument(capsules: capsules.map { CapsuleDocument($0) }, next: next))
    }

    func getCapsule(_ call: AuthenticatedRequest) async throws -> Response {
        try .json(CapsuleDocument(try await uploads.capsule(try await capsuleId(call), by: call.principal)))
    }

    func updateCapsule(_ call: AuthenticatedRequest) async throws -> Response {
        let id = try await capsuleId(call)
        let change = try await call.document(CapsulePatchDocument.self).change()
        return try .json(CapsuleDocument(try await uploads.updateCapsule(id, change, by: call.principal)))
    }

    func setMember(_ call: AuthenticatedRequest) async throws -> Response {
        let id = try await capsuleId(call)
        let role = try await call.document(MemberDocument.self).checkedRole()
        try await uploads.setRole(role, of: try member(call), in: id, by: call.principal)
        return .noContent
    }

    func removeMember(_ call: AuthenticatedRequest) async throws -> Response {
        try await uploads.setRole(nil, of: try member(call), in: try await capsuleId(call), by: call.principal)
        return .noContent
    }

    private func member(_ call: AuthenticatedRequest) throws(UploadError) -> Principal {
        guard let name = NativePath.decode(call.parameters.get("principal") ?? "") else {
            throw UploadError(.invalidArgument("principal", "is not percent-encoded UTF-8"))
        }
        return Principal(name)
    }
}
