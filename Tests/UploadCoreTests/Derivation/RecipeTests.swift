import SessionCore
import Testing
import UploadTestKit

@testable import UploadCore

@Suite struct RecipeTests {
    @Test func `a capsule's recipe is that of uploads that do not say themselves`() async throws {
        let bench = try await Bench()
        _ = try await bench.service.updateCapsule(
            bench.capsule, CapsuleChange(recipe: .some(.photo)), by: bench.anna)
        func recipe(_ choice: RecipeChoice, isPartial: Bool = false) async throws -> Recipe? {
            var request = bench.request(length: 10)
            request.derivation = choice
            request.isPartial = isPartial
            return try await bench.service.beginUpload(request, by: bench.ben).record.meta.recipe
        }
        #expect(try await recipe(.capsuleDefault) == .photo)
        #expect(try await recipe(.none) == nil)
        #expect(try await recipe(.recipe(.photo)) == .photo)
        #expect(try await recipe(.capsuleDefault, isPartial: true) == nil)
        await expectRefusal(with: .invalidArgument("derive", "has no meaning for a part")) {
            _ = try await recipe(.recipe(.photo), isPartial: true)
        }
    }

    @Test func `only the owner changes a capsule`() async throws {
        let bench = try await Bench()
        let change = CapsuleChange(title: "mine")
        for (caller, reason) in [
            (bench.ben, UploadError.Reason.forbidden(needs: .owner)), (bench.rita, .forbidden(needs: .owner)),
            (bench.mallory, .notFound(.capsule)),
        ] {
            await expectRefusal(with: reason) {
                _ = try await bench.service.updateCapsule(bench.capsule, change, by: caller)
            }
        }
        #expect(try await bench.service.updateCapsule(bench.capsule, change, by: bench.anna).title == "mine")
    }

    @Test func `a key that was used with another recipe is a conflict`() async throws {
        let bench = try await Bench()
        var request = bench.request(length: 10, key: "key")
        _ = try await bench.service.beginUpload(request, by: bench.ben)
        request.derivation = .recipe(.photo)
        await expectRefusal(.idempotencyConflict) {
            _ = try await bench.service.beginUpload(request, by: bench.ben)
        }
    }

    @Test func `derivations are shown to those who may read the capsule`() async throws {
        let bench = try await Bench()
        let photo = try await bench.commitPhoto()
        for caller in [bench.anna, bench.ben, bench.rita] {
            let list = try await bench.service.derivations(in: bench.capsule, state: .pending, by: caller)
            #expect(list.map(\.upload) == [photo])
        }
        await expectRefusal(with: .notFound(.capsule)) {
            _ = try await bench.service.derivations(in: bench.capsule, by: bench.mallory)
        }
        let upload = try await bench.service.status(of: photo, by: bench.ben)
        #expect(try await bench.service.derivation(of: upload)?.state == .pending)
    }

    @Test(
        arguments: [
            ("2024:05:01 12:30:00", 1_714_566_600_000), ("1970:01:01 00:00:00", 0), ("0000:00:00 00:00:00", nil),
            ("2024:02:30 12:30:00", nil), ("2024-05-01 12:30:00", nil), ("2024:05:01 12:30", nil), ("", nil),
            ("2024:05:01 12:30:0x", nil), ("    :  :     :  :  ", nil),
        ] as [(String, Int64?)])
    func `the camera's time is taken for UTC, and nonsense for none`(_ text: String, _ milliseconds: Int64?) {
        #expect(Timestamp(exif: text)?.milliseconds == milliseconds)
    }
}
