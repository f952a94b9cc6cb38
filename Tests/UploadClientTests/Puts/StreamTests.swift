import Glibc
import NativeWire
import Synchronization
import Testing
import UploadClient
import UploadCore

@Suite struct StreamTests {
    /// Uploads bytes through a pipe, as from standard input.
    private func put(
        _ bytes: [UInt8], to fixture: Fixture, options: PutOptions = PutOptions(chunkSize: 1000)
    ) async throws -> FinishedDocument {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        let (reading, writing) = (ends[0], ends[1])
        defer { close(reading) }
        let writer = Task.detached {
            // The bytes fit into a pipe, so that writing does not block.
            let count = bytes.withUnsafeBytes { write(writing, $0.baseAddress, $0.count) }
            close(writing)
            return count
        }
        #expect(await writer.value == bytes.count)
        return try await fixture.client().put(.stream(descriptor: reading, name: "stdin"), options: options)
    }

    @Test(arguments: [0, 1, 1000, 1001, 4000, 30_500])
    func `a stream of unknown length arrives whole`(_ count: Int) async throws {
        let fixture = try Fixture()
        let bytes = content(count)
        let finished = try await put(bytes, to: fixture)
        #expect(finished.size == UInt64(count) && finished.name == "stdin")
        #expect(fixture.server.blob(finished.blob) == bytes)
        #expect(fixture.server.uploads.first?.request.length == nil)
    }

    @Test func `chunks of a stream are sent again when they fail`() async throws {
        let fixture = try Fixture()
        let bytes = content(9500)
        fixture.server.fail { call in
            switch call.count {
            case 1: .answerLost
            case 2: .unreached
            default: nil
            }
        }
        let finished = try await put(bytes, to: fixture)
        #expect(fixture.server.blob(finished.blob) == bytes)
        #expect(fixture.server.uploads.count == 1 && fixture.server.repeats == [])
    }

    @Test func `a refused stream leaves no upload`() async throws {
        let fixture = try Fixture()
        fixture.server.fail { call in
            call.isFinish ? .refused(Problem(UploadError(.forbidden(needs: .writer)))) : nil
        }
        let error = try await refusal { try await put(content(100), to: fixture) }
        #expect(error.code.rawValue == "forbidden")
        #expect(fixture.server.uploads.map(\.document.state) == [.aborted])
    }

    @Test func `a cancelled stream leaves no upload`() async throws {
        let fixture = try Fixture()
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        let (reading, writing) = (ends[0], ends[1])
        defer {
            close(reading)
            close(writing)
        }
        // One chunk, and then silence.
        let chunk = content(1000)
        #expect(chunk.withUnsafeBytes { write(writing, $0.baseAddress, $0.count) } == 1000)
        let client = try fixture.client()
        let task = Mutex<Task<FinishedDocument, any Error>?>(nil)
        fixture.server.fail { call in
            if call.isChunk { task.withLock { $0 }?.cancel() }
            return nil
        }
        task.withLock { task in
            task = Task {
                try await client.put(
                    .stream(descriptor: reading, name: "stdin"), options: PutOptions(chunkSize: 1000))
            }
        }
        await #expect(throws: CancellationError.self) { try await task.withLock { $0 }?.value }
        #expect(fixture.server.uploads.map(\.document.state) == [.aborted])
    }
}
