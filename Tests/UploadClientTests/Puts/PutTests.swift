import NativeWire
import Synchronization
import Testing
import UploadClient
import UploadCore
import UploadTestKit

@Suite struct PutTests {
    @Test(arguments: [0, 1, 999, 1000, 1001, 3000, 10_500])
    func `a file of any length arrives whole`(_ count: Int) async throws {
        let fixture = try Fixture()
        let bytes = content(count)
        let path = try fixture.write(bytes)
        let finished = try await fixture.client().put(.file(path: path), resume: fixture.store)
        #expect(finished.size == UInt64(count) && finished.sha256 == Digest(of: bytes).hex && finished.name == "file")
        #expect(fixture.server.blob(finished.blob) == bytes)
        #expect(fixture.server.calls.filter(\.isChunk).count == (count + 999) / 1000)
        #expect(fixture.states == 0)
    }

    @Test func `a chunk that is larger than one piece is streamed whole`() async throws {
        let fixture = try Fixture(chunkSize: 600 << 10)
        let bytes = content(1 << 20)
        let finished = try await fixture.client().put(.file(path: fixture.write(bytes)))
        #expect(fixture.server.blob(finished.blob) == bytes)
    }

    @Test func `name, type, capsule and chunk size are passed to the server`() async throws {
        let fixture = try Fixture()
        let path = try fixture.write(content(100))
        let options = PutOptions(capsule: "c1", name: "a/b", type: "image/png", chunkSize: 40)
        let finished = try await fixture.client().put(.file(path: path), options: options)
        #expect(finished.name == "a/b" && finished.type == "image/png")
        let upload = try #require(fixture.server.uploads.first)
        #expect(upload.document.capsule == "c1" && upload.chunks.count == 3)
    }

    @Test func `no more chunks are in flight than permitted`() async throws {
        let fixture = try Fixture()
        let gauge = Gauge()
        fixture.server.fail { call in
            guard call.isChunk else { return nil }
            gauge.enter()
            for _ in 0..<20 { await Task.yield() }
            gauge.leave()
            return nil
        }
        let path = try fixture.write(content(20_000))
        _ = try await fixture.client().put(.file(path: path), options: PutOptions(parallel: 3))
        #expect((1...3).contains(gauge.highest))
    }

    @Test func `progress never falls, never exceeds the whole, and ends with it`() async throws {
        let fixture = try Fixture()
        let seen = Mutex<[TransferProgress]>([])
        let path = try fixture.write(content(5500))
        _ = try await fixture.client().put(.file(path: path), options: PutOptions(parallel: 1)) { progress in
            seen.withLock { $0.append(progress) }
        }
        let all = seen.withLock { $0 }
        #expect(zip(all, all.dropFirst()).allSatisfy { $0.doneBytes <= $1.doneBytes })
        #expect(all.allSatisfy { $0.doneBytes + $0.inFlightBytes <= 5500 && $0.totalBytes == 5500 })
        #expect(all.last?.doneBytes == 5500 && all.last?.inFlightBytes == 0 && all.last?.upload == "upload-1")
    }

    @Test func `a missing file and a directory are refused before anything is sent`() async throws {
        let fixture = try Fixture()
        for path in [fixture.path("none"), fixture.directory.path] {
            let error = try await refusal { try await fixture.client().put(.file(path: path)) }
            #expect(error.code == .localFile && !error.isTemporary)
        }
        #expect(fixture.server.calls == [])
    }

    @Test func `two concurrent puts of the same file both succeed and leave no state`() async throws {
        let fixture = try Fixture()
        let bytes = content(30_000)
        let path = try fixture.write(bytes)
        let (one, two) = (try fixture.client(), try fixture.client())
        async let first = one.put(.file(path: path), resume: fixture.store)
        async let second = two.put(.file(path: path), resume: fixture.store)
        let finished = try await [first, second]
        #expect(Set(finished).count == 1 || fixture.server.uploads.count == 2)
        #expect(finished.allSatisfy { fixture.server.blob($0.blob) == bytes })
        #expect(fixture.states == 0)
    }

    @Test func `an upload that finds another's state joins it`() async throws {
        let fixture = try Fixture()
        let bytes = content(10_000)
        let path = try fixture.write(bytes)
        let (one, two) = (try fixture.client(), try fixture.client())
        let joined = Mutex<FinishedDocument?>(nil)
        fixture.server.fail { [store = fixture.store] call in
            // The second runs from its beginning to its end while the first sends its third chunk.
            guard call.isChunk, call.path.hasSuffix("/2"), call.count == 1 else { return nil }
            let finished = try await two.put(.file(path: path), options: PutOptions(parallel: 1), resume: store)
            joined.withLock { $0 = finished }
            return nil
        }
        let finished = try await one.put(.file(path: path), options: PutOptions(parallel: 1), resume: fixture.store)
        #expect(joined.withLock { $0 } == finished)
        #expect(fixture.server.uploads.count == 1 && fixture.server.blob(finished.blob) == bytes)
    }
}

/// Counts concurrent calls.
final class Gauge: Sendable {
    private let counts = Mutex((now: 0, highest: 0))
    var highest: Int { counts.withLock { $0.highest } }
    func enter() { counts.withLock { $0 = ($0.now + 1, max($0.highest, $0.now + 1)) } }
    func leave() { counts.withLock { $0.now -= 1 } }
}
