import NativeWire
import Synchronization
import Testing
import UploadClient
import UploadCore
import UploadTestKit

@Suite struct ResumeTests {
    private let bytes = content(20_500)

    /// Uploads up to chunk 8, then cancels the client as if its process ended: everything in memory is lost.
    private func interrupted(_ fixture: Fixture, _ path: String) async throws {
        let client = try fixture.client()
        let task = Mutex<Task<FinishedDocument, any Error>?>(nil)
        fixture.server.fail { call in
            if call.isChunk, call.path.hasSuffix("/8") {
                task.withLock { $0 }?.cancel()
                throw CancellationError()
            }
            return nil
        }
        let running = Task { [store = fixture.store] in
            try await client.put(.file(path: path), options: PutOptions(parallel: 3), resume: store)
        }
        task.withLock { $0 = running }
        await #expect(throws: CancellationError.self) { try await running.value }
        fixture.server.fail { _ in nil }
    }

    @Test func `a new process sends no acknowledged chunk again`() async throws {
        let fixture = try Fixture()
        let path = try fixture.write(bytes)
        try await interrupted(fixture, path)
        #expect(fixture.states == 1)
        let before = fixture.server.uploads.first?.acknowledged.count ?? 0
        #expect(before >= 6)

        let resumed = Mutex<UInt64>(0)
        let finished = try await fixture.client().put(.file(path: path), resume: fixture.store) { progress in
            resumed.withLock { $0 = progress.resumedBytes }
        }
        #expect(fixture.server.blob(finished.blob) == bytes)
        #expect(fixture.server.uploads.count == 1 && fixture.server.repeats == [])
        #expect(resumed.withLock { $0 } == UInt64(before) * 1000)
        #expect(fixture.states == 0)
    }

    @Test func `an upload whose begin response is lost is found by its key`() async throws {
        let fixture = try Fixture()
        let path = try fixture.write(bytes)
        fixture.server.fail { $0.isBegin ? .answerLost : nil }
        _ = try await refusal {
            try await fixture.client(retries: .never).put(.file(path: path), resume: fixture.store)
        }
        fixture.server.fail { _ in nil }
        let finished = try await fixture.client().put(.file(path: path), resume: fixture.store)
        #expect(fixture.server.uploads.count == 1 && fixture.server.blob(finished.blob) == bytes)
    }

    @Test func `an upload whose finish response is lost is finished again without sending bytes`() async throws {
        let fixture = try Fixture()
        let path = try fixture.write(bytes)
        fixture.server.fail { $0.isFinish ? .answerLost : nil }
        _ = try await refusal {
            try await fixture.client(retries: .never).put(.file(path: path), resume: fixture.store)
        }
        fixture.server.fail { _ in nil }
        let chunks = fixture.server.calls.filter(\.isChunk).count
        let finished = try await fixture.client().put(.file(path: path), resume: fixture.store)
        #expect(fixture.server.calls.filter(\.isChunk).count == chunks)
        #expect(fixture.server.uploads.count == 1 && finished.upload == "upload-1" && fixture.states == 0)
    }

    @Test func `a changed file starts over, and its old upload is aborted`() async throws {
        let fixture = try Fixture()
        let path = try fixture.write(bytes)
        try await interrupted(fixture, path)
        let other = content(20_500, seed: 2)
        try fixture.write(other)
        let finished = try await fixture.client().put(.file(path: path), resume: fixture.store)
        #expect(fixture.server.blob(finished.blob) == other)
        #expect(fixture.server.uploads.map(\.document.state) == [.aborted, .committed])
    }

    @Test func `an expired upload starts over`() async throws {
        let fixture = try Fixture()
        let path = try fixture.write(bytes)
        try await interrupted(fixture, path)
        fixture.server.change("upload-1") { $0.document.state = .expired }
        let events = Mutex<[PutEvent]>([])
        let finished = try await fixture.client().put(.file(path: path), resume: fixture.store) { _ in
        } onEvent: { event in
            events.withLock { $0.append(event) }
        }
        #expect(events.withLock { $0 } == [.startedOver(reason: "The upload has expired.")])
        #expect(finished.upload == "upload-2" && fixture.server.blob(finished.blob) == bytes && fixture.states == 0)
    }

    @Test func `another capsule is another upload, another chunk size is not`() async throws {
        let fixture = try Fixture()
        let path = try fixture.write(bytes)
        try await interrupted(fixture, path)
        let elsewhere = PutOptions(capsule: "other")
        let first = try await fixture.client().put(.file(path: path), options: elsewhere, resume: fixture.store)
        #expect(first.upload == "upload-2")
        let larger = PutOptions(chunkSize: 5000)
        let second = try await fixture.client().put(.file(path: path), options: larger, resume: fixture.store)
        #expect(second.upload == "upload-1" && fixture.server.repeats == [] && fixture.states == 0)
    }

    @Test func `a file that changes under the upload is detected`() async throws {
        let fixture = try Fixture()
        let path = try fixture.write(bytes)
        fixture.server.fail { call in
            if call.isChunk, call.path.hasSuffix("/8") { try TestFiles.write(content(20_500, seed: 3), to: path) }
            return nil
        }
        let error = try await refusal {
            try await fixture.client().put(.file(path: path), options: PutOptions(parallel: 1), resume: fixture.store)
        }
        #expect(error.code == .contentChanged)
        #expect(fixture.server.uploads.allSatisfy { $0.finished == nil })
        fixture.server.fail { _ in nil }
        let finished = try await fixture.client().put(.file(path: path), resume: fixture.store)
        #expect(fixture.server.blob(finished.blob) == content(20_500, seed: 3))
    }

    @Test func `a file that shrinks under the upload is detected`() async throws {
        let fixture = try Fixture()
        let path = try fixture.write(bytes)
        fixture.server.fail { call in
            if call.isChunk, call.path.hasSuffix("/8") { try TestFiles.write([1, 2, 3], to: path) }
            return nil
        }
        let error = try await refusal { try await fixture.client().put(.file(path: path), resume: fixture.store) }
        #expect(error.code == .contentChanged)
    }

    @Test func `a conflict with the server's bytes aborts the upload, and the next one starts over`()
        async throws
    {
        let fixture = try Fixture()
        let path = try fixture.write(bytes)
        try await interrupted(fixture, path)
        fixture.server.change("upload-1") { upload in
            upload.chunks[0] = content(1000, seed: 9)
        }
        let error = try await refusal { try await fixture.client().put(.file(path: path), resume: fixture.store) }
        #expect(error.code == .contentChanged && fixture.states == 0)
        let finished = try await fixture.client().put(.file(path: path), resume: fixture.store)
        #expect(finished.upload == "upload-2" && fixture.server.blob(finished.blob) == bytes)
    }
}
