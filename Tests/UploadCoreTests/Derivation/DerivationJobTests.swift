import SessionCore
import Testing
import UploadTestKit

@testable import UploadCore
@testable import UploadMemories
@testable import UploadDerivation

@Suite struct DerivationJobTests {
    @Test(arguments: [Storage.file, .catalogue])
    func `a photo becomes one memory of four assets, each with its bytes`(_ storage: Storage) async throws {
        let fixture = try await Fixture(storage)
        let photo = try await fixture.commitPhoto(content(500))
        let deriver = FakeDeriver()
        await fixture.runner(deriver).process(photo)

        let memory = try await fixture.onlyMemory()
        let sample = PhotoDerivatives.sample
        #expect(deriver.asked == [content(500)])
        #expect(memory.derivationError == nil)
        #expect(memory.creator == fixture.ben)
        #expect(memory.details.title == "photo.jpg")
        #expect(memory.details.type == "photo")
        #expect(memory.details.thumbHash == sample.thumbHash)
        #expect(memory.details.takenAt == CaptureTime(localMilliseconds: 1_714_566_600_000))
        #expect(memory.assets.map(\.kind) == [.original, .display, .thumb, .placeholder])
        #expect(memory.assets.map(\.width) == [4000, 2048, 512, 32])
        #expect(memory.assets.map(\.height) == [3000, 1536, 384, 24])
        let expected = [content(500), sample.display.bytes, sample.thumb.bytes]
        for (asset, bytes) in zip(memory.assets, expected) {
            #expect(try await fixture.read(try #require(asset.blob).value) == bytes)
            #expect(asset.digest == Digest(of: bytes))
        }
        #expect(memory.assets[3].content == .inline(sample.placeholder.bytes))
        let derivation = try #require(try await fixture.model.derivation(of: photo))
        #expect(derivation.state == .done && derivation.memory == memory.id && derivation.attempts == 1)
    }

    @Test(arguments: [nil, DerivationFailure(.file, "it is no picture")])
    func `companions are the last assets of the memory, also if the photo cannot be derived`(
        _ failure: DerivationFailure?
    ) async throws {
        let fixture = try await Fixture(.catalogue)
        var blobs: [BlobId] = []
        for number in 0..<3 {
            let request = fixture.request(length: 10, key: "blob \(number)")
            blobs.append(BlobId(try await fixture.service.putWhole(request, content(10), by: fixture.ben).record.id))
        }
        let kinds: [Companion.Kind] = [.video, .raw, .sidecar]
        let photo = try await fixture.commitPhoto(
            companions: zip(kinds, blobs).map { Companion(kind: $0, blob: $1) })
        try await fixture.service.deleteBlob(blobs[1], by: fixture.ben)
        let deriver = FakeDeriver { (_) throws(DerivationFailure) in
            if let failure { throw failure }
            return .sample(takenAt: nil, [], nil)
        }
        await fixture.runner(deriver).process(photo)
        let memory = try await fixture.onlyMemory()
        let own: [AssetKind] = failure == nil ? [.original, .display, .thumb, .placeholder] : [.original]
        #expect(memory.assets.map(\.kind) == own + [.video, .sidecar])
        #expect(memory.assets.suffix(2).map(\.blob) == [blobs[0], blobs[2]])
        #expect(memory.derivationError == failure?.reason)
    }

    @Test(
        arguments: [
            (["image/jpeg"], "image/jpeg"), (["image/heic", "image/heif"], "image/heic"),
            (["image/pjpeg", "image/jpeg"], "image/jpeg"), ([], "image/jpeg"),
        ] as [([String], String)])
    func `a wrong type of the original becomes that of its bytes, and a note is kept`(
        types: [String], stored: String
    ) async throws {
        let fixture = try await Fixture()
        let photo = try await fixture.commitPhoto()
        let note = DerivationNote(.partial, "it ends early")
        let deriver = FakeDeriver { (_) throws(DerivationFailure) in .sample(takenAt: nil, types, note) }
        await fixture.runner(deriver).process(photo)
        let memory = try await fixture.onlyMemory()
        #expect(memory.assets.first?.contentType == stored)
        #expect(try await fixture.service.blob(BlobId(photo), by: fixture.ben).asset.contentType == stored)
        #expect(memory.derivationNote == note && memory.derivationError == nil)
        #expect(memory.details.takenAt == nil)
    }

    @Test func `a photo without a time of its own has that of its file, also if it cannot be derived`() async throws {
        for failure in [nil, DerivationFailure(.file, "no picture")] {
            let fixture = try await Fixture()
            let time = Timestamp(milliseconds: 1_714_566_600_000)
            let photo = try await fixture.commitPhoto(modifiedAt: time)
            let deriver = FakeDeriver { (_) throws(DerivationFailure) in
                if let failure { throw failure }
                return .sample(takenAt: nil, [], nil)
            }
            await fixture.runner(deriver).process(photo)
            #expect(try await fixture.onlyMemory().details.takenAt == CaptureTime(time))
        }
    }

    @Test func `an undecodable file becomes a memory of the original alone with the reason, without retries`()
        async throws
    {
        let fixture = try await Fixture()
        let photo = try await fixture.commitPhoto()
        let deriver = FakeDeriver { _ throws(DerivationFailure) in throw DerivationFailure(.file, "it is no picture") }
        await fixture.runner(deriver).process(photo)
        let memory = try await fixture.onlyMemory()
        #expect(memory.derivationError == "it is no picture")
        #expect(memory.assets.map(\.kind) == [.original])
        let derivation = try #require(try await fixture.model.derivation(of: photo))
        #expect(derivation.state == .failed && derivation.reason == "it is no picture")
        #expect(try await fixture.model.countBlobs() == 1)
    }

    @Test func `a dying worker is retried with growing delays, up to a limit`() async throws {
        let fixture = try await Fixture()
        let photo = try await fixture.commitPhoto()
        let runner = fixture.runner(
            FakeDeriver { _ throws(DerivationFailure) in throw DerivationFailure(.worker, "the worker died") })
        for wait in [1000, 4000, 16_000, 64_000] {
            await runner.process(photo)
            let derivation = try #require(try await fixture.model.derivation(of: photo))
            #expect(derivation.state == .pending && derivation.reason == "the worker died")
            #expect(derivation.dueAt == fixture.clock.now().advanced(byMilliseconds: Int64(wait)))
        }
        await runner.process(photo)
        #expect(try await fixture.onlyMemory().derivationError == "the worker died")
        #expect(try await fixture.model.derivation(of: photo)?.attempts == 5)
    }

    @Test func `without a worker the derivation waits, and no attempt counts`() async throws {
        let fixture = try await Fixture()
        let photo = try await fixture.commitPhoto()
        let runner = fixture.runner(
            FakeDeriver { _ throws(DerivationFailure) in throw DerivationFailure(.unavailable, "derivation is off") })
        for _ in 0..<20 { await runner.process(photo) }
        let derivation = try #require(try await fixture.model.derivation(of: photo))
        #expect(derivation.state == .pending && derivation.attempts == 0)
        #expect(derivation.reason == "derivation is off")
        await fixture.runner(FakeDeriver()).process(photo)
        #expect(try await fixture.onlyMemory().derivationError == nil)
    }

    @Test func `interrupted attempts count`() async throws {
        let fixture = try await Fixture()
        let photo = try await fixture.commitPhoto()
        for _ in 0..<5 { _ = try await fixture.model.startDerivation(of: photo) }
        let deriver = FakeDeriver()
        await fixture.runner(deriver).process(photo)
        #expect(deriver.asked.isEmpty)
        #expect(try await fixture.onlyMemory().derivationError == "each attempt was interrupted")
    }

    @Test(arguments: [(Hooks.Moment.before, 1), (.after, 2)])
    func `a start that fails takes back no attempt that was counted before`(
        _ moment: Hooks.Moment, _ attempts: Int
    ) async throws {
        let fixture = try await Fixture()
        let photo = try await fixture.commitPhoto()
        _ = try await fixture.model.startDerivation(of: photo)
        fixture.hooks.failNext(.startDerivation, moment)
        await fixture.runner(FakeDeriver()).process(photo)
        let derivation = try #require(try await fixture.model.derivation(of: photo))
        #expect(derivation.state == .pending && derivation.attempts == attempts)
        #expect(derivation.dueAt > fixture.clock.now())
    }

    @Test(arguments: [Hooks.Moment.before, .after])
    func `a failure of the store at the last step leaves one memory and every rendition once`(
        _ moment: Hooks.Moment
    ) async throws {
        let fixture = try await Fixture()
        let photo = try await fixture.commitPhoto()
        let runner = fixture.runner(FakeDeriver())
        fixture.hooks.failNext(.finishDerivation, moment)
        await runner.process(photo)
        await runner.process(photo)
        #expect(try await fixture.onlyMemory().assets.count == 4)
        #expect(try await fixture.model.countBlobs() == 3)
    }

    @Test(arguments: [Hooks.Call.write, .sync, .commit, .begin])
    func `a failure of the store while renditions are stored is retried`(_ call: Hooks.Call) async throws {
        let fixture = try await Fixture()
        let photo = try await fixture.commitPhoto()
        let runner = fixture.runner(FakeDeriver())
        fixture.hooks.failNext(call)
        await runner.process(photo)
        #expect(try await fixture.model.derivation(of: photo)?.attempts == 0)
        await runner.process(photo)
        #expect(try await fixture.onlyMemory().assets.count == 4)
        #expect(try await fixture.model.countBlobs() == 3)
    }

    @Test func `an original that is deleted while it is derived leaves nothing`() async throws {
        let fixture = try await Fixture()
        let photo = try await fixture.commitPhoto()
        let deriver = FakeDeriver { _ throws(DerivationFailure) in
            try? await fixture.service.deleteBlob(BlobId(photo), by: fixture.ben)
            return .sample
        }
        await fixture.runner(deriver).process(photo)
        #expect(try await fixture.service.memories(in: fixture.capsule, by: fixture.ben).isEmpty)
        #expect(try await fixture.model.countBlobs() == 0)
        #expect(try await fixture.stored().count == 0)
        #expect(try await fixture.model.derivation(of: photo)?.reason == "the original was deleted")
    }

    @Test func `an exhausted inline budget leaves the original alone`() async throws {
        let fixture = try await Fixture { $0.inlineBudgetBytes = 29 }
        let photo = try await fixture.commitPhoto()
        await fixture.runner(FakeDeriver()).process(photo)
        let memory = try await fixture.onlyMemory()
        #expect(memory.derivationError?.contains("cannot be stored") == true)
        #expect(try await fixture.model.countBlobs() == 1)
    }

    @Test(arguments: [UploadError.Reason.storeCorrupt(detail: "test"), .unavailable(detail: "test")])
    func `a damaged original is not retried, a temporarily unreadable one is`(
        _ reason: UploadError.Reason
    ) async throws {
        let fixture = try await Fixture()
        let photo = try await fixture.commitPhoto()
        let isDamaged = reason == .storeCorrupt(detail: "test")
        let files = FailingFileProvider(reason: reason)
        await fixture.runner(FakeDeriver(), files: files).process(photo)
        #expect(files.lengths.all == [50], "the whole length has to be there")
        let derivation = try #require(try await fixture.model.derivation(of: photo))
        #expect(derivation.state == (isDamaged ? .failed : .pending))
        #expect(derivation.attempts == (isDamaged ? 1 : 0))
        #expect(derivation.reason?.contains(isDamaged ? "damaged" : "at the moment") == true)
    }

    @Test func `a former writer still gets the memory of an earlier upload`() async throws {
        let fixture = try await Fixture()
        let photo = try await fixture.commitPhoto()
        try await fixture.service.setRole(nil, of: fixture.ben, in: fixture.capsule, by: fixture.anna)
        await fixture.runner(FakeDeriver()).process(photo)
        #expect(try await fixture.service.memories(in: fixture.capsule, by: fixture.anna).map(\.assets.count) == [4])
    }
}

private struct FailingFileProvider: OpenFileProvider {
    let reason: UploadError.Reason
    /// The lengths that were asked for.
    let lengths = Collected<UInt64>()

    func openFile(_ key: ObjectKey, length: UInt64) async throws(UploadError) -> any OpenFile {
        lengths.append(length)
        throw UploadError(reason)
    }
}
