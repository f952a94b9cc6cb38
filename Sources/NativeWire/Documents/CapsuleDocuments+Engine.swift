public import UploadModel

extension CapsuleDocument {
    public init(_ capsule: Capsule) {
        self.init(
            id: capsule.id.text, title: capsule.title, owner: capsule.owner.name,
            writers: capsule.writers.sorted().map(\.name), readers: capsule.readers.sorted().map(\.name),
            createdAt: WireTime(capsule.createdAt), derive: capsule.recipe?.name)
    }
}

extension NewCapsuleDocument {
    /// - Throws: `invalid_argument`.
    public func recipe() throws(UploadError) -> Recipe? {
        guard let derive else { return nil }
        return try Recipe(checked: derive)
    }
}

extension CapsulePatchDocument {
    /// - Throws: `invalid_argument`.
    public func change() throws(UploadError) -> CapsuleChange {
        var change = CapsuleChange()
        switch title {
        case .unchanged: break
        case .cleared: change.title = ""
        case .set(let title): change.title = title
        }
        switch derive {
        case .unchanged: break
        case .cleared: change.recipe = .some(nil)
        case .set(let name): change.recipe = try Recipe(checked: name)
        }
        return change
    }
}

extension MemberDocument {
    public init(_ role: Role) {
        self.init(role: role.name)
    }

    /// The requested role.
    ///
    /// - Throws: `invalid_argument` for anything but `writer` and `reader`. The owner cannot be changed.
    public func checkedRole() throws(UploadError) -> Role {
        guard let role = [Role.writer, .reader].first(where: { $0.name == role }) else {
            throw UploadError(.invalidArgument("role", "must be “writer” or “reader”"))
        }
        return role
    }
}
