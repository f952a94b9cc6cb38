import SessionCore
import UploadCore

extension CatalogueContract {
    static let capsules: [Check] = [
        Check("a capsule is read back as it was created, with its members") { fixture in
            let capsule = Capsule(
                id: CapsuleId(fixture.nextId()), title: "Briefe 💌\0", owner: fixture.ada, writers: [fixture.ben],
                readers: [Principal("cleo"), Principal("")], createdAt: fixture.time(7))
            try await fixture.catalogue.createCapsule(capsule)
            try requireEqual(try await fixture.catalogue.capsule(capsule.id), capsule, "the capsule")
            let unknown = try await fixture.catalogue.capsule(CapsuleId(fixture.nextId()))
            try requireEqual(unknown, nil, "an unknown capsule")
        },
        Check("a capsule's id is never reused") { fixture in
            let capsule = try await fixture.newCapsule()
            let other = Capsule(id: capsule.id, title: "Other", owner: fixture.ben, createdAt: fixture.time(1))
            try await requireRefusal(.alreadyExists, "a capsule with the same id") {
                try await fixture.catalogue.createCapsule(other)
            }
            try requireEqual(try await fixture.catalogue.capsule(capsule.id), capsule, "the first capsule")
        },
        Check("each owner's default capsule is the first draft") { fixture in
            func draft(_ owner: Principal) -> Capsule {
                Capsule(id: CapsuleId(fixture.nextId()), title: "Mine", owner: owner, createdAt: fixture.time(1))
            }
            _ = try await fixture.newCapsule(owner: fixture.ada)
            let first = draft(fixture.ada)
            try requireEqual(try await fixture.catalogue.defaultCapsule(first), first, "the first answer")
            let unused = draft(fixture.ada)
            try requireEqual(try await fixture.catalogue.defaultCapsule(unused), first, "the second answer")
            try requireEqual(try await fixture.catalogue.capsule(unused.id), nil, "the unused draft")
            let bens = draft(fixture.ben)
            try requireEqual(try await fixture.catalogue.defaultCapsule(bens), bens, "another owner's")
            try await fixture.catalogue.setRole(.reader, of: fixture.ben, in: first.id, checkAccess: admitAll)
            let shared = try await fixture.catalogue.defaultCapsule(draft(fixture.ada))
            try requireEqual(shared.readers, [fixture.ben], "the readers of the default capsule")
        },
        Check("a race for the default capsule has one winner") { fixture in
            let drafts = (0..<32).map { number in
                Capsule(
                    id: CapsuleId(fixture.nextId()), title: "\(number)", owner: fixture.ada, createdAt: fixture.time(1))
            }
            let answers = try await together(drafts) { try await fixture.catalogue.defaultCapsule($0) }
            try requireEqual(Set(answers).count, 1, "different answers")
            let kept = try await fixture.catalogue.capsules(of: fixture.ada, after: nil, limit: 100)
            try requireEqual(kept, Array(Set(answers)), "the created capsules")
        },
        Check("a principal's capsules are those with any role, page by page in the order of their ids") {
            fixture in
            let ids = (0..<5).map { _ in CapsuleId(fixture.nextId()) }
            for (number, id) in ids.enumerated().shuffled() {
                try await fixture.catalogue.createCapsule(
                    Capsule(
                        id: id, title: "", owner: number == 0 ? fixture.ben : fixture.ada,
                        writers: number == 1 ? [fixture.ben] : [], readers: number == 3 ? [fixture.ben] : [],
                        createdAt: fixture.time(1)))
            }
            var listed: [CapsuleId] = []
            for limit in [2, 2] {
                let page = try await fixture.catalogue.capsules(of: fixture.ben, after: listed.last, limit: limit)
                listed += page.map(\.id)
            }
            try requireEqual(listed, [ids[0], ids[1], ids[3]], "the capsules")
            let none = try await fixture.catalogue.capsules(of: Principal("nobody"), after: nil, limit: 10)
            try requireEqual(none, [], "the capsules of a principal without a role")
        },
    ]

    static let roles: [Check] = [
        Check("a principal has one role at a time, or none") { fixture in
            let capsule = try await fixture.newCapsule()
            for role in [Role.reader, .writer, .writer, .reader, nil, nil, .writer, nil] {
                try await fixture.catalogue.setRole(role, of: fixture.ben, in: capsule.id, checkAccess: admitAll)
                let found = try requireValue(try await fixture.catalogue.capsule(capsule.id), "the capsule")
                try requireEqual(found.role(of: fixture.ben), role, "the role")
                try requireEqual(found.writers, role == .writer ? [fixture.ben] : [], "writers")
                try requireEqual(found.readers, role == .reader ? [fixture.ben] : [], "readers")
                let listed = try await fixture.catalogue.capsules(of: fixture.ben, after: nil, limit: 10)
                try requireEqual(listed.map(\.id), role == nil ? [] : [capsule.id], "the capsules of the principal")
            }
        },
        Check("a role applies to one principal in one capsule") { fixture in
            let here = try await fixture.newCapsule()
            let there = try await fixture.newCapsule()
            try await fixture.catalogue.setRole(.reader, of: Principal("cleo"), in: here.id, checkAccess: admitAll)
            try await fixture.catalogue.setRole(.writer, of: fixture.ben, in: here.id, checkAccess: admitAll)
            try await fixture.catalogue.setRole(nil, of: fixture.ben, in: here.id, checkAccess: admitAll)
            let found = try requireValue(try await fixture.catalogue.capsule(here.id), "the capsule")
            try requireEqual(found.role(of: Principal("cleo")), .reader, "another principal's role")
            try requireEqual(try await fixture.catalogue.capsule(there.id), there, "the other capsule")
        },
        Check("a refused change of roles changes nothing") { fixture in
            let capsule = try await fixture.newCapsule()
            try await requireRefusal(.notFound(.capsule), "a refusal by checkAccess") {
                try await fixture.catalogue.setRole(.writer, of: fixture.ben, in: capsule.id, checkAccess: refuseAll)
            }
            try requireEqual(try await fixture.catalogue.capsule(capsule.id), capsule, "the capsule")
            try await requireRefusal(.notFound(.capsule), "an unknown capsule") {
                try await fixture.catalogue.setRole(
                    .writer, of: fixture.ben, in: CapsuleId(fixture.nextId()), checkAccess: admitAll)
            }
        },
        Check("checkAccess sees the roles set by the last call") { fixture in
            let capsule = try await fixture.newCapsule()
            let ben = fixture.ben
            let requireWriter: @Sendable (Capsule) throws(UploadError) -> Void = { capsule throws(UploadError) in
                try capsule.require(.writer, of: ben)
            }
            try await requireRefusal(.notFound(.capsule), "a principal without a role") {
                try await fixture.catalogue.begin(fixture.draft(capsule, caller: ben), checkAccess: requireWriter)
            }
            try await fixture.catalogue.setRole(.reader, of: ben, in: capsule.id, checkAccess: admitAll)
            try await requireRefusal(.forbidden(needs: .writer), "a reader") {
                try await fixture.catalogue.begin(fixture.draft(capsule, caller: ben), checkAccess: requireWriter)
            }
            try await fixture.catalogue.setRole(.writer, of: ben, in: capsule.id, checkAccess: admitAll)
            _ = try await fixture.catalogue.begin(fixture.draft(capsule, caller: ben), checkAccess: requireWriter)
        },
    ]
}
