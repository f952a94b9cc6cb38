import SessionCore
import UploadCore

extension CatalogueContract {
    static let concurrency: [Check] = [
        Check("of 64 concurrent begins with the same key one creates and the others find it") { fixture in
            let capsule = try await fixture.newCapsule()
            let drafts = (0..<64).map { _ in fixture.draft(capsule, key: IdempotencyKey("key")) }
            let answers = try await together(drafts) { try await fixture.catalogue.begin($0, checkAccess: admitAll) }
            let created = answers.count { if case .created = $0 { true } else { false } }
            try requireEqual(created, 1, "uploads created")
            try requireEqual(Set(answers.map(\.record.id)).count, 1, "different uploads answered")
            let listed = try await fixture.catalogue.uploads(UploadFilter(), after: nil, limit: 100)
            try requireEqual(listed.map(\.id), [answers[0].record.id], "the uploads recorded")
        },
        Check("concurrent begins do not pass the limit of active uploads") { fixture in
            let capsule = try await fixture.newCapsule()
            let drafts = (0..<64).map { _ in fixture.draft(capsule, activeMax: 10) }
            let begun = try await together(drafts) { draft in
                try await unlessRefused(with: .tooMany) {
                    try await fixture.catalogue.begin(draft, checkAccess: admitAll)
                }
            }
            try requireEqual(begun.count { $0 }, 10, "uploads begun")
            let active = try await fixture.catalogue.countActive(capsule: capsule.id, caller: fixture.ada)
            try requireEqual(active, 10, "active uploads")
        },
        Check("of concurrent begins with the same id one succeeds") { fixture in
            let capsule = try await fixture.newCapsule()
            let id = fixture.nextId()
            let drafts = (0..<32).map { _ in fixture.draft(capsule, id: id) }
            let begun = try await together(drafts) { draft in
                try await unlessRefused(with: .alreadyExists) {
                    try await fixture.catalogue.begin(draft, checkAccess: admitAll)
                }
            }
            try requireEqual(begun.count { $0 }, 1, "uploads begun")
        },
        Check("concurrent commits with the same digest answer alike") { fixture in
            let record = try await fixture.begin(fixture.draft(try await fixture.newCapsule()))
            let answers = try await together(Array(0..<32)) { try await fixture.commit(record.id, at: Int64($0)) }
            let statuses = Set(answers.map(\.session.meta.status))
            try requireEqual(statuses.count, 1, "different answers")
            try requireEqual(try await fixture.catalogue.countBlobs(), 1, "blobs")
        },
        Check("of concurrent commits with different digests one wins, and its digest stays") { fixture in
            let record = try await fixture.begin(fixture.draft(try await fixture.newCapsule()))
            let won = try await together(Array(0..<32)) { number in
                try await unlessRefused(with: .committed) { try await fixture.commit(record.id, bytes: "\(number)") }
            }
            try requireEqual(won.count { $0 }, 1, "commits that succeeded")
            let winner = try requireValue(won.firstIndex(of: true), "the winner")
            try requireEqual(try await fixture.found(record.id).digest, fixture.digest("\(winner)"), "digest")
        },
        Check("of a concurrent commit and abort exactly one succeeds") { fixture in
            let capsule = try await fixture.newCapsule()
            for _ in 0..<20 {
                let record = try await fixture.begin(fixture.draft(capsule))
                async let committed = unlessRefused(with: .gone) { try await fixture.commit(record.id) }
                async let aborted = unlessRefused(with: .committed) { try await fixture.abort(record.id) }
                let outcome = (try await committed, try await aborted)
                try require(outcome.0 != outcome.1, "both succeeded, or both were refused")
                let blob = try await fixture.catalogue.blob(BlobId(record.id))
                try requireEqual(blob != nil, outcome.0, "whether there is a blob")
            }
        },
        Check("concurrent aborts of one upload free its file once") { fixture in
            let record = try await fixture.begin(fixture.draft(try await fixture.newCapsule()))
            let freed = try await together(Array(0..<32)) { try await fixture.abort(record.id, at: Int64($0)) }
            try requireEqual(Array(freed.joined()), [record.meta.key], "the freed files")
            try requireEqual(try await fixture.catalogue.garbage(limit: 10), [record.meta.key], "garbage")
        },
    ]
}

/// Runs the body for all elements concurrently. Returns the results in the order of the elements.
func together<Element: Sendable, Value: Sendable>(
    _ elements: [Element], _ body: @escaping @Sendable (Element) async throws -> Value
) async throws -> [Value] {
    try await withThrowingTaskGroup { group in
        for (index, element) in elements.enumerated() {
            group.addTask { (index, try await body(element)) }
        }
        var results: [(index: Int, value: Value)] = []
        for try await result in group { results.append(result) }
        return results.sorted { $0.index < $1.index }.map(\.value)
    }
}

/// Whether the body succeeds; false for a refusal with this code.
func unlessRefused<Value>(with code: UploadError.Code, _ body: () async throws -> Value) async throws -> Bool {
    do {
        _ = try await body()
        return true
    } catch let error as UploadError where error.code == code {
        return false
    }
}
