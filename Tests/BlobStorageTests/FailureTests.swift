import BlobStorage
import DurableFiles
import Synchronization
import Testing
import UploadCore
import UploadTestKit

/// Disks that are full, fail, or forget.
@Suite struct FailureTests {
    @Test func `a failed sync is the failure of every writer that had written before it`() async throws {
        let fixture = try await Fixture()
        let sinks = (0..<3).map { _ in fixture.sink(upload()) }
        for (index, sink) in sinks.enumerated() {
            try await sink.write(content(600, from: index * 600), at: UInt64(index * 600), nil)
        }
        fixture.files.failNext(.syncData, .io)
        for sink in sinks.reversed() { await expectRefusal(.unavailable) { try await sink.sync() } }
        for (index, sink) in sinks.enumerated() {
            try await sink.write(content(600, from: index * 600), at: UInt64(index * 600), nil)
            try await sink.sync()
            sink.close()
        }
        fixture.files.restart()
        #expect(try await fixture.reopened().read(upload().key, 0..<1800) == content(1800))
    }

    @Test func `a writer that wrote only after the failure succeeds`() async throws {
        let fixture = try await Fixture()
        let (early, late) = (fixture.sink(upload()), fixture.sink(upload()))
        try await early.write(content(600), at: 0, nil)
        fixture.files.failNext(.syncData, .io)
        await expectRefusal(.unavailable) { try await early.sync() }
        try await late.write(content(600, from: 600), at: 600, nil)
        try await late.sync()
        early.close()
        late.close()
        fixture.files.restart()
        #expect(try await fixture.reopened().read(upload().key, 600..<1200) == content(600, from: 600))
    }

    @Test func `a writer with one piece before the failure and one after it fails`() async throws {
        let fixture = try await Fixture()
        let (first, second) = (fixture.sink(upload()), fixture.sink(upload()))
        try await first.write(content(600), at: 0, nil)
        try await second.write(content(600, from: 600), at: 600, nil)
        fixture.files.failNext(.syncData, .io)
        await expectRefusal(.unavailable) { try await first.sync() }
        try await second.write(content(600, from: 1200), at: 1200, nil)
        await expectRefusal(.unavailable) { try await second.sync() }
        first.close()
        second.close()
    }

    @Test func `a name that could not be made durable is made so by the next sync`() async throws {
        for seed in 0..<20 as Range<UInt64> {
            let fixture = try await Fixture(seed: seed)
            let sink = fixture.sink(upload())
            try await sink.write(content(600), at: 0, nil)
            fixture.files.failNext(.syncDirectory, .io)
            await expectRefusal(.unavailable) { try await sink.sync() }
            try await sink.write(content(600), at: 0, nil)
            try await sink.sync()
            sink.close()
            fixture.files.restart()
            #expect(try await fixture.reopened().read(upload().key, 0..<600) == content(600))
        }
    }

    @Test func `a full disk is told as such, and there is no harm once it has room`() async throws {
        let fixture = try await Fixture()
        try await fixture.put(content(600), at: 0, of: upload())
        fixture.files.setFull(true)
        let sink = fixture.sink(upload(), hasDurableBytes: true)
        await expectRefusal(.storeFull) { try await sink.write(content(6000, from: 600), at: 600, nil) }
        await expectRefusal(.storeFull) { try await fixture.put([1], at: 0, of: upload(2)) }
        #expect(try await fixture.store.read(upload().key, 0..<600) == content(600))
        fixture.files.setFull(false)
        try await sink.write(content(6000, from: 600), at: 600, nil)
        try await sink.sync()
        sink.close()
        try await fixture.put([1], at: 0, of: upload(2))
        #expect(try await fixture.store.read(upload().key, 0..<6600) == content(6600))
    }

    @Test func `bytes whose write fails are not visited`() async throws {
        let fixture = try await Fixture()
        let sink = fixture.sink(upload())
        let visited = Mutex<[UInt8]>([])
        let visit: @Sendable (UnsafeRawBufferPointer) -> Void = { bytes in
            visited.withLock { $0.append(contentsOf: bytes) }
        }
        try await sink.write(content(600), at: 0, visit)
        fixture.files.failNext(.write, .io)
        await expectRefusal(.unavailable) { try await sink.write(content(600, from: 600), at: 600, visit) }
        #expect(visited.withLock { $0 } == content(600))
        try await sink.write(content(600, from: 600), at: 600, visit)
        #expect(visited.withLock { $0 } == content(1200))
        sink.close()
    }

    @Test(arguments: [FileError.Code.io, .permission, .tooManyOpenFiles, .other])
    func `what else fails is unavailable for now`(_ code: FileError.Code) async throws {
        let fixture = try await Fixture()
        try await fixture.put(content(600), at: 0, of: upload())
        let key = upload().key
        fixture.files.failNext(.open, code)
        await expectRefusal(.unavailable) { try await fixture.store.read(key, 0..<600) }
        fixture.files.failNext(.read, code)
        await expectRefusal(.unavailable) { try await fixture.store.scan(key, 0..<600) { _ in } }
        fixture.files.failNext(.open, code)
        await expectRefusal(.unavailable) { try await fixture.store.size(of: key) }
        fixture.files.failNext(.remove, code)
        await expectRefusal(.unavailable) { try await fixture.store.remove([key]) }
        fixture.files.failNext(.write, code)
        await expectRefusal(.unavailable) { try await fixture.put(content(600), at: 0, of: upload(2)) }
        fixture.files.failNext(.list, code)
        await expectRefusal(.unavailable) { try await fixture.store.contents(ofShard: 0) }
        #expect(try await fixture.store.read(key, 0..<600) == content(600))
    }

    @Test func `errors for clients name no file, those for the log do`() async throws {
        let fixture = try await Fixture()
        fixture.files.failNext(.write, .io)
        let error = await expectRefusal(.unavailable) { try await fixture.put([1], at: 0, of: upload()) }
        let name = upload().key.digest.hex
        #expect(error?.description.contains(name) == false)
        #expect(error?.debugDescription.contains(name) == true)
    }

    @Test(arguments: 0..<40) func `what a sync acknowledged survives a loss of power`(_ seed: UInt64) async throws {
        let fixture = try await Fixture(seed: seed)
        let sink = fixture.sink(upload())
        try await sink.write(content(3000), at: 0, nil)
        try await sink.sync()
        try await sink.write(content(3000), at: 3000, nil)
        fixture.files.restart()
        #expect(try await fixture.reopened().read(upload().key, 0..<3000) == content(3000))
        sink.close()
    }

    @Test(arguments: 0..<40) func `what was removed stays removed, what was cut stays cut`(_ seed: UInt64) async throws
    {
        let fixture = try await Fixture(seed: seed)
        try await fixture.put(content(3000), at: 0, of: upload(1))
        try await fixture.put(content(3000), at: 0, of: upload(2))
        let sink = fixture.sink(upload(2), hasDurableBytes: true)
        try await sink.seal(length: 1000)
        sink.close()
        try await fixture.store.remove([upload(1).key])
        fixture.files.restart()
        let store = try await fixture.reopened()
        #expect(try await store.size(of: upload(1).key) == nil)
        #expect(try await store.size(of: upload(2).key) == 1000)
    }

    @Test(arguments: 0..<40) func `a file that cannot be removed does not hold up the others, and is named`(
        _ seed: UInt64
    ) async throws {
        let fixture = try await Fixture(seed: seed)
        let uploads = (1...3).map { upload($0) }
        let stuck = uploads[1].key
        for each in uploads { try await fixture.put(content(600), at: 0, of: each) }
        fixture.files.failNext(.remove, .io, pathSuffix: stuck.digest.hex)
        let unremoved = try await fixture.store.removeEach(uploads.map(\.key))
        #expect(unremoved.map(\.key) == [stuck])
        #expect(unremoved.first?.error.code == .unavailable)
        #expect(unremoved.first?.error.debugDescription.contains(stuck.digest.hex) == true)
        fixture.files.restart()
        let store = try await fixture.reopened()
        #expect(fixture.files.files(under: "bytes").map(\.path) == [store.path(of: stuck)])

        try await fixture.put(content(600), at: 0, of: uploads[2])
        fixture.files.failNext(.remove, .io, pathSuffix: stuck.digest.hex)
        await expectRefusal(.unavailable) { try await store.remove([stuck, uploads[2].key]) }
        #expect(fixture.files.files(under: "bytes").map(\.path) == [store.path(of: stuck)])
        #expect(try await store.removeEach([stuck]).isEmpty)
        #expect(fixture.path == nil)
    }

    @Test(arguments: 0..<40) func `a store that was prepared stays prepared`(_ seed: UInt64) async throws {
        let fixture = try await Fixture(seed: seed)
        fixture.files.restart()
        // Without preparing again: the directories are there.
        try await fixture.put([1], at: 0, of: upload())
        #expect(try await fixture.store.read(upload().key, 0..<1) == [1])
    }
}
