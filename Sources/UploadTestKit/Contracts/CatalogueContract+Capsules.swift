import SessionCore
import UploadCore

extension CatalogueContract {
    static let capsules: [Check] = [
        Check("a capsule is found again as it was made, with its members") { bench in
            let capsule = Capsule(
                id: CapsuleId(bench.nextId()), title: "Briefe 💌\0", owner: bench.ada, writers: [bench.ben],
                readers: [Principal("cleo"), Principal("")], createdAt: bench.time(7))
            try await bench.catalogue.createCapsule(capsule)
            try requireEqual(try await bench.catalogue.capsule(capsule.id), capsule, "the capsule")
            let unknown = try await bench.catalogue.capsule(CapsuleId(bench.nextId()))
            try requireEqual(unknown, nil, "an unknown capsule")
        },
        Check("a capsule's id is taken for good") { bench in
            let capsule = try await bench.newCapsule()
            let other = Capsule(id: capsule.id, title: "Other", owner: bench.ben, createdAt: bench.time(1))
            try await requireRefusal(.alreadyExists, "a capsule with the same id") {
                try await bench.catalogue.createCapsule(other)
            }
            try requireEqual(try await bench.catalogue.capsule(capsule.id), capsule, "the first capsule")
        },
        Check("the default capsule is the first draft and stays it, for each owner") { bench in
            func draft(_ owner: Principal) -> Capsule {
                Capsule(id: CapsuleId(bench.nextId()), title: "Mine", owner: owner, createdAt: bench.time(1))
            }
            _ = try await bench.newCapsule(owner: bench.ada)
            let first = draft(bench.ada)
            try requireEqual(try await bench.catalogue.defaultCapsule(first), first, "the first answer")
            let unused = draft(bench.ada)
            try requireEqual(try await bench.catalogue.defaultCapsule(unused), first, "the second answer")
            try requireEqual(try await bench.catalogue.capsule(unused.id), nil, "a draft that was not needed")
            let bens = draft(bench.ben)
            try requireEqual(try await bench.catalogue.defaultCapsule(bens), bens, "another owner's")
            try await bench.catalogue.setRole(.reader, of: bench.ben, in: first.id, admit: admitAll)
            let shared = try await bench.catalogue.defaultCapsule(draft(bench.ada))
            try requireEqual(shared.readers, [bench.ben], "the readers of the default capsule")
        },
        Check("a race for the default capsule has one winner") { bench in
            let drafts = (0..<32).map { number in
                Capsule(
                    id: CapsuleId(bench.nextId()), title: "\(number)", owner: bench.ada, createdAt: bench.time(1))
            }
            let answers = try await together(drafts) { try await bench.catalogue.defaultCapsule($0) }
            try requireEqual(Set(answers).count, 1, "different answers")
            let kept = try await bench.catalogue.capsules(of: bench.ada, after: nil, limit: 100)
            try requireEqual(kept, Array(Set(answers)), "the capsules that were made")
        },
        Check("the capsules of a principal are those with any role, page by page in the order of their ids") { bench in
            let ids = (0..<5).map { _ in CapsuleId(bench.nextId()) }
            for (number, id) in ids.enumerated().shuffled() {
                try await bench.catalogue.createCapsule(
                    Capsule(
                        id: id, title: "", owner: number == 0 ? bench.ben : bench.ada,
                        writers: number == 1 ? [bench.ben] : [], readers: number == 3 ? [bench.ben] : [],
                        createdAt: bench.time(1)))
            }
            var listed: [CapsuleId] = []
            for limit in [2, 2] {
                let page = try await bench.catalogue.capsules(of: bench.ben, after: listed.last, limit: limit)
                listed += page.map(\.id)
            }
            try requireEqual(listed, [ids[0], ids[1], ids[3]], "the capsules")
            let none = try await bench.catalogue.capsules(of: Principal("nobody"), after: nil, limit: 10)
            try requireEqual(none, [], "the capsules of somebody without any")
        },
    ]

    static let roles: [Check] = [
        Check("a principal has one role at a time, or none") { bench in
            let capsule = try await bench.newCapsule()
            for role in [Role.reader, .writer, .writer, .reader, nil, nil, .writer, nil] {
                try await bench.catalogue.setRole(role, of: bench.ben, in: capsule.id, admit: admitAll)
                let found = try requireValue(try await bench.catalogue.capsule(capsule.id), "the capsule")
                try requireEqual(found.role(of: bench.ben), role, "the role")
                try requireEqual(found.writers, role == .writer ? [bench.ben] : [], "writers")
                try requireEqual(found.readers, role == .reader ? [bench.ben] : [], "readers")
                let listed = try await bench.catalogue.capsules(of: bench.ben, after: nil, limit: 10)
                try requireEqual(listed.map(\.id), role == nil ? [] : [capsule.id], "the capsules of the principal")
            }
        },
        Check("a role in one capsule is none in another, and nobody else's") { bench in
            let here = try await bench.newCapsule()
            let there = try await bench.newCapsule()
            try await bench.catalogue.setRole(.reader, of: Principal("cleo"), in: here.id, admit: admitAll)
            try await bench.catalogue.setRole(.writer, of: bench.ben, in: here.id, admit: admitAll)
            try await bench.catalogue.setRole(nil, of: bench.ben, in: here.id, admit: admitAll)
            let found = try requireValue(try await bench.catalogue.capsule(here.id), "the capsule")
            try requireEqual(found.role(of: Principal("cleo")), .reader, "somebody else's role")
            try requireEqual(try await bench.catalogue.capsule(there.id), there, "the other capsule")
        },
        Check("a change of roles asks the capsule as it is, and changes nothing when refused") { bench in
            let capsule = try await bench.newCapsule()
            try await requireRefusal(.notFound(.capsule), "a refusal of admit") {
                try await bench.catalogue.setRole(.writer, of: bench.ben, in: capsule.id, admit: refuseAll)
            }
            try requireEqual(try await bench.catalogue.capsule(capsule.id), capsule, "the capsule")
            try await requireRefusal(.notFound(.capsule), "an unknown capsule") {
                try await bench.catalogue.setRole(
                    .writer, of: bench.ben, in: CapsuleId(bench.nextId()), admit: admitAll)
            }
        },
        Check("admit sees the roles that the last call gave") { bench in
            let capsule = try await bench.newCapsule()
            let ben = bench.ben
            let requireWriter: @Sendable (Capsule) throws(UploadError) -> Void = { capsule throws(UploadError) in
                try capsule.require(.writer, of: ben)
            }
            try await requireRefusal(.notFound(.capsule), "a stranger") {
                try await bench.catalogue.begin(bench.draft(capsule, caller: ben), admit: requireWriter)
            }
            try await bench.catalogue.setRole(.reader, of: ben, in: capsule.id, admit: admitAll)
            try await requireRefusal(.forbidden(needs: .writer), "a reader") {
                try await bench.catalogue.begin(bench.draft(capsule, caller: ben), admit: requireWriter)
            }
            try await bench.catalogue.setRole(.writer, of: ben, in: capsule.id, admit: admitAll)
            _ = try await bench.catalogue.begin(bench.draft(capsule, caller: ben), admit: requireWriter)
        },
    ]
}
