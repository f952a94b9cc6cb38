import SessionCore
import UploadCore

extension ModelState {
    mutating func createCapsule(_ capsule: Capsule) throws(UploadError) {
        guard capsules[capsule.id] == nil else { throw UploadError(.alreadyExists) }
        capsules[capsule.id] = capsule
    }

    mutating func defaultCapsule(_ draft: Capsule) throws(UploadError) -> Capsule {
        if let id = defaults[draft.owner] { return try requireCapsule(id) }
        try createCapsule(draft)
        defaults[draft.owner] = draft.id
        return draft
    }

    func capsules(of principal: Principal, after id: CapsuleId?, limit: Int) -> [Capsule] {
        let matching = capsules.values.filter { capsule in
            if let id, capsule.id <= id { return false }
            return capsule.role(of: principal) != nil
        }
        return Array(matching.sorted { $0.id < $1.id }.prefix(max(0, limit)))
    }

    mutating func updateCapsule(
        _ id: CapsuleId, _ change: CapsuleChange, checkAccess: ModelCatalogue.AccessCheck
    ) throws(UploadError) -> Capsule {
        let capsule = try requireCapsule(id)
        try checkAccess(capsule)
        let changed = change.applied(to: capsule)
        capsules[id] = changed
        return changed
    }

    mutating func setRole(
        _ role: Role?, of principal: Principal, in id: CapsuleId, checkAccess: ModelCatalogue.AccessCheck
    ) throws(UploadError) {
        var capsule = try requireCapsule(id)
        try checkAccess(capsule)
        capsule.writers.remove(principal)
        capsule.readers.remove(principal)
        switch role {
        case .writer: capsule.writers.insert(principal)
        case .reader: capsule.readers.insert(principal)
        case nil: break
        case .owner: throw UploadError(.invalidArgument("role", "cannot be owner: a capsule keeps the one it has"))
        }
        capsules[id] = capsule
    }
}
