import SessionCore
import Testing
import UploadTestKit

@testable import UploadCore
@testable import UploadDerivation

@Suite struct RecipeTests {
    @Test func `a capsule's recipe is the default of its uploads`() async throws {
        let fixture = try await Fixture()
        _ = try await fixture.service.updateCapsule(
            fixture.capsule, CapsuleChange(recipe: .some(.photo)), by: fixture.anna)
        func recipe(_ choice: RecipeChoice, isPartial: Bool = false) async throws -> Recipe? {
            var request = fixture.request(length: 10)
            request.derivation = choice
            request.isPartial = isPartial
            return try await fixture.service.beginUpload(request, by: fixture.ben).record.meta.recipe
        }
        #expect(try await recipe(.capsuleDefault) == .photo)
        #expect(try await recipe(.none) == nil)
        #expect(try await recipe(.recipe(.photo)) == .photo)
        #expect(try await recipe(.capsuleDefault, isPartial: true) == nil)
        await expectRefusal(with: .invalidArgument("derive", "has no meaning for a part")) {
            _ = try await recipe(.recipe(.photo), isPartial: true)
        }
    }

    @Test func `companions are limited with the other assets of their memory, and named once`() async throws {
        let fixture = try await Fixture(.catalogue) { $0.assetsMax = 6 }
        var blobs: [BlobId] = []
        for number in 0..<3 {
            let request = fixture.request(length: 10, key: "blob \(number)")
            blobs.append(BlobId(try await fixture.service.putWhole(request, content(10), by: fixture.ben).record.id))
        }
        func begin(_ named: [BlobId], by caller: Principal? = nil) async throws {
            var request = fixture.request(length: 20)
            request.derivation = .recipe(.photo, companions: named.map { Companion(kind: .raw, blob: $0) })
            _ = try await fixture.service.beginUpload(request, by: caller ?? fixture.ben)
        }
        try await begin(Array(blobs[..<2]))
        try await begin(Array(blobs[..<2]), by: fixture.anna)
        await expectRefusal(with: .limitExceeded(.assets, maximum: 6, actual: 7)) { try await begin(blobs) }
        await expectRefusal(with: .invalidArgument("companions", "name a blob twice")) {
            try await begin([blobs[0], blobs[0]])
        }
    }

    @Test func `a key that was used with other companions is a conflict`() async throws {
        let fixture = try await Fixture(.catalogue)
        let blob = BlobId(
            try await fixture.service.putWhole(fixture.request(length: 10), content(10), by: fixture.ben).record.id)
        var request = fixture.request(length: 10, key: "key")
        for choice in [[], [Companion(kind: .video, blob: blob)], [Companion(kind: .raw, blob: blob)]] {
            request.derivation = .recipe(.photo, companions: choice)
            if choice.isEmpty {
                _ = try await fixture.service.beginUpload(request, by: fixture.ben)
            } else {
                await expectRefusal(.idempotencyConflict) {
                    _ = try await fixture.service.beginUpload(request, by: fixture.ben)
                }
            }
        }
    }

    @Test func `only the owner changes a capsule`() async throws {
        let fixture = try await Fixture()
        let change = CapsuleChange(title: "mine")
        for (caller, reason) in [
            (fixture.ben, UploadError.Reason.forbidden(needs: .owner)), (fixture.rita, .forbidden(needs: .owner)),
            (fixture.mallory, .notFound(.capsule)),
        ] {
            await expectRefusal(with: reason) {
                _ = try await fixture.service.updateCapsule(fixture.capsule, change, by: caller)
            }
        }
        #expect(try await fixture.service.updateCapsule(fixture.capsule, change, by: fixture.anna).title == "mine")
    }

    @Test func `a key that was used with another recipe is a conflict`() async throws {
        let fixture = try await Fixture()
        var request = fixture.request(length: 10, key: "key")
        _ = try await fixture.service.beginUpload(request, by: fixture.ben)
        request.derivation = .recipe(.photo)
        await expectRefusal(.idempotencyConflict) {
            _ = try await fixture.service.beginUpload(request, by: fixture.ben)
        }
    }

    @Test func `derivations are shown to those who may read the capsule`() async throws {
        let fixture = try await Fixture()
        let photo = try await fixture.commitPhoto()
        for caller in [fixture.anna, fixture.ben, fixture.rita] {
            let list = try await fixture.service.derivations(in: fixture.capsule, state: .pending, by: caller)
            #expect(list.map(\.upload) == [photo])
        }
        await expectRefusal(with: .notFound(.capsule)) {
            _ = try await fixture.service.derivations(in: fixture.capsule, by: fixture.mallory)
        }
        let upload = try await fixture.service.status(of: photo, by: fixture.ben)
        #expect(try await fixture.service.derivation(of: upload)?.state == .pending)
    }
}
