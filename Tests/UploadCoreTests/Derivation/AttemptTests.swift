import SessionCore
import Testing
import UploadTestKit

@testable import UploadCore

@Suite struct AttemptTests {
    @Test(arguments: [Storage.file, .catalogue])
    func `a photo becomes one memory of four assets, each with its bytes`(_ storage: Storage) async throws {
        let bench = try await Bench(storage)
        let photo = try await bench.commitPhoto(content(500))
        let deriver = FakeDeriver()
        await bench.runner(deriver).attempt(photo)

        let memory = try await bench.onlyMemory()
        let sample = PhotoDerivatives.sample
        #expect(deriver.asked == [content(500)])
        #expect(memory.shortfall == nil)
        #expect(memory.creator == bench.ben)
        #expect(memory.details.title == "photo.jpg")
        #expect(memory.details.type == "photo")
        #expect(memory.details.thumbHash == sample.thumbHash)
        #expect(memory.details.takenAt == Timestamp(milliseconds: 1_714_566_600_000))
        #expect(memory.assets.map(\.kind) == [.original, .display, .thumb, .placeholder])
        #expect(memory.assets.map(\.width) == [4000, 2048, 512, 32])
        #expect(memory.assets.map(\.height) == [3000, 1536, 384, 24])
        let expected = [content(500), sample.display.bytes, sample.thumb.bytes]
        for (asset, bytes) in zip(memory.assets, expected) {
            #expect(try await bench.read(try #require(asset.blob).value) == bytes)
            #expect(asset.digest == Digest(of: bytes))
        }
        #expect(memory.assets[3].content == .inline(sample.placeholder.bytes))
        let derivation = try #require(try await bench.model.derivation(of: photo))
        #expect(derivation.state == .done && derivation.memory == memory.id && derivation.attempts == 1)
    }

    @Test func `a file that is no picture becomes a memory of the original alone, at once and with the reason`()
        async throws
    {
        let bench = try await Bench()
        let photo = try await bench.commitPhoto()
        let deriver = FakeDeriver { _ throws(DerivationFailure) in throw DerivationFailure(.file, "it is no picture") }
        await bench.runner(deriver).attempt(photo)
        let memory = try await bench.onlyMemory()
        #expect(memory.shortfall == "it is no picture")
        #expect(memory.assets.map(\.kind) == [.original])
        let derivation = try #require(try await bench.model.derivation(of: photo))
        #expect(derivation.state == .failed && derivation.reason == "it is no picture")
        #expect(try await bench.model.countBlobs() == 1)
    }

    @Test func `a worker that dies is tried again, each time later, and not for ever`() async throws {
        let bench = try await Bench()
        let photo = try await bench.commitPhoto()
        let runner = bench.runner(
            FakeDeriver { _ throws(DerivationFailure) in throw DerivationFailure(.worker, "the worker died") })
        for wait in [1000, 4000, 16_000, 64_000] {
            await runner.attempt(photo)
            let derivation = try #require(try await bench.model.derivation(of: photo))
            #expect(derivation.state == .pending && derivation.reason == "the worker died")
            #expect(derivation.dueAt == bench.clock.now().advanced(byMilliseconds: Int64(wait)))
        }
        await runner.attempt(photo)
        #expect(try await bench.onlyMemory().shortfall == "the worker died")
        #expect(try await bench.model.derivation(of: photo)?.attempts == 5)
    }

    @Test func `without a worker the derivation waits, and no attempt counts`() async throws {
        let bench = try await Bench()
        let photo = try await bench.commitPhoto()
        let runner = bench.runner(
            FakeDeriver { _ throws(DerivationFailure) in throw DerivationFailure(.unavailable, "derivation is off") })
        for _ in 0..<20 { await runner.attempt(photo) }
        let derivation = try #require(try await bench.model.derivation(of: photo))
        #expect(derivation.state == .pending && derivation.attempts == 0)
        #expect(derivation.reason == "derivation is off")
        await bench.runner(FakeDeriver()).attempt(photo)
        #expect(try await bench.onlyMemory().shortfall == nil)
    }

    @Test func `attempts that never reported back count too`() async throws {
        let bench = try await Bench()
        let photo = try await bench.commitPhoto()
        for _ in 0..<5 { _ = try await bench.model.startDerivation(of: photo) }
        let deriver = FakeDeriver()
        await bench.runner(deriver).attempt(photo)
        #expect(deriver.asked.isEmpty)
        #expect(try await bench.onlyMemory().shortfall == "each attempt was interrupted")
    }

    @Test(arguments: [Hooks.Moment.before, .after])
    func `a failure of the store at the last step leaves one memory and every rendition once`(
        _ moment: Hooks.Moment
    ) async throws {
        let bench = try await Bench()
        let photo = try await bench.commitPhoto()
        let runner = bench.runner(FakeDeriver())
        bench.hooks.failNext(.finishDerivation, moment)
        await runner.attempt(photo)
        await runner.attempt(photo)
        #expect(try await bench.onlyMemory().assets.count == 4)
        #expect(try await bench.model.countBlobs() == 3)
    }

    @Test(arguments: [Hooks.Call.write, .sync, .commit, .begin])
    func `a failure of the store while renditions are stored is made up for`(_ call: Hooks.Call) async throws {
        let bench = try await Bench()
        let photo = try await bench.commitPhoto()
        let runner = bench.runner(FakeDeriver())
        bench.hooks.failNext(call)
        await runner.attempt(photo)
        #expect(try await bench.model.derivation(of: photo)?.attempts == 0)
        await runner.attempt(photo)
        #expect(try await bench.onlyMemory().assets.count == 4)
        #expect(try await bench.model.countBlobs() == 3)
    }

    @Test func `an original that is deleted while it is derived leaves nothing`() async throws {
        let bench = try await Bench()
        let photo = try await bench.commitPhoto()
        let deriver = FakeDeriver { _ throws(DerivationFailure) in
            try? await bench.service.deleteBlob(BlobId(photo), by: bench.ben)
            return .sample
        }
        await bench.runner(deriver).attempt(photo)
        #expect(try await bench.service.memories(in: bench.capsule, by: bench.ben).isEmpty)
        #expect(try await bench.model.countBlobs() == 0)
        #expect(try await bench.stored().count == 0)
        #expect(try await bench.model.derivation(of: photo)?.reason == "the original was deleted")
    }

    @Test func `renditions that find no room in the inline budget leave the original alone`() async throws {
        let bench = try await Bench { $0.inlineBudgetBytes = 29 }
        let photo = try await bench.commitPhoto()
        await bench.runner(FakeDeriver()).attempt(photo)
        let memory = try await bench.onlyMemory()
        #expect(memory.shortfall?.contains("cannot be stored") == true)
        #expect(try await bench.model.countBlobs() == 1)
    }

    @Test(arguments: [UploadError.Reason.storeCorrupt(detail: "test"), .unavailable(detail: "test")])
    func `an original that is damaged is not tried again, one that cannot be read for now is`(
        _ reason: UploadError.Reason
    ) async throws {
        let bench = try await Bench()
        let photo = try await bench.commitPhoto()
        let isDamaged = reason == .storeCorrupt(detail: "test")
        await bench.runner(FakeDeriver(), files: FailingLender(reason: reason)).attempt(photo)
        let derivation = try #require(try await bench.model.derivation(of: photo))
        #expect(derivation.state == (isDamaged ? .failed : .pending))
        #expect(derivation.attempts == (isDamaged ? 1 : 0))
        #expect(derivation.reason?.contains(isDamaged ? "damaged" : "at the moment") == true)
    }

    @Test func `who may write no longer still gets the memory of what was uploaded before`() async throws {
        let bench = try await Bench()
        let photo = try await bench.commitPhoto()
        try await bench.service.setRole(nil, of: bench.ben, in: bench.capsule, by: bench.anna)
        await bench.runner(FakeDeriver()).attempt(photo)
        #expect(try await bench.service.memories(in: bench.capsule, by: bench.anna).map(\.assets.count) == [4])
    }
}

private struct FailingLender: FileLender {
    let reason: UploadError.Reason

    func lend(_ key: ObjectKey, length: UInt64) async throws(UploadError) -> any LentFile { throw UploadError(reason) }
}
