import Glibc
import HTTPTypes
import HTTPWire
import NativeWire
import SessionCore
import Synchronization
import Testing
import UploadClient
import UploadCore

@Suite struct PutFaultTests {
    private let bytes = content(10_500)

    /// Uploads a file of eleven chunks to a server with faults; it arrives whole.
    private func put(
        sourceLocation: SourceLocation = #_sourceLocation,
        _ fault: @escaping @Sendable (TestServer.Call) async throws -> TestServer.Fault?
    ) async throws -> Fixture {
        let fixture = try Fixture()
        fixture.server.fail(fault)
        let finished = try await fixture.client().put(.file(path: fixture.write(bytes)), resume: fixture.store)
        #expect(fixture.server.blob(finished.blob) == bytes, sourceLocation: sourceLocation)
        #expect(fixture.server.repeats == [], sourceLocation: sourceLocation)
        #expect(fixture.states == 0, sourceLocation: sourceLocation)
        return fixture
    }

    @Test func `every request is retried after a refused connection`() async throws {
        let fixture = try await put { $0.count == 1 ? .unreached : nil }
        #expect(fixture.server.uploads.count == 1)
        #expect(fixture.waits.all.count == 13)
    }

    @Test func `every request is idempotent when its response is lost`() async throws {
        let fixture = try await put { $0.count == 1 ? .answerLost : nil }
        #expect(fixture.server.uploads.count == 1)
    }

    @Test func `every truncated response is requested again`() async throws {
        let fixture = try await put { $0.count == 1 && !$0.isChunk ? .answerCut(after: 5) : nil }
        #expect(fixture.server.uploads.count == 1)
    }

    @Test func `a chunk whose body breaks off is sent again from its start`() async throws {
        _ = try await put { $0.isChunk && $0.count <= 2 ? .bodyCut(after: 300) : nil }
    }

    @Test func `a chunk that arrives damaged is sent again`() async throws {
        _ = try await put { $0.isChunk && $0.count == 1 ? .bitTurned : nil }
    }

    @Test func `a busy server's Retry-After is respected`() async throws {
        let fixture = try await put { call in
            call.isFinish && call.count == 1 ? .answered(.serviceUnavailable, [.retryAfter: "7"]) : nil
        }
        // Seven seconds, and half of the base as jitter.
        #expect(fixture.waits.all == [7125])
    }

    @Test func `an unreachable server is given up, and the upload is kept`() async throws {
        let fixture = try Fixture()
        let path = try fixture.write(bytes)
        fixture.server.fail { $0.isChunk && $0.path.hasSuffix("/7") ? .unreached : nil }
        let error = try await refusal {
            try await fixture.client().put(.file(path: path), options: PutOptions(parallel: 1), resume: fixture.store)
        }
        #expect(error.code == .unreachable && error.isTemporary)
        #expect(fixture.server.calls.filter { $0.path.hasSuffix("/7") }.count == RetryPolicy().attemptsMax)
        #expect(fixture.states == 1 && fixture.server.uploads.first?.chunks.count == 7)
    }

    @Test func `a refusal's text reaches the caller`() async throws {
        let fixture = try Fixture()
        let path = try fixture.write(bytes)
        fixture.server.fail { call in
            call.isBegin ? .refused(Problem(.contentTooLarge(maximum: 5))) : nil
        }
        let error = try await refusal { try await fixture.client().put(.file(path: path)) }
        #expect(error.code.rawValue == "too_large" && error.problem?.maximum == 5 && !error.isTemporary)
        #expect(fixture.server.calls.count == 1)
    }

    @Test func `an aborted upload starts over`() async throws {
        let fixture = try await put { call in
            call.isChunk && call.path.hasSuffix("upload-1/chunks/4")
                ? .refused(Problem(UploadError(.gone(.aborted(at: Timestamp(milliseconds: 0)))))) : nil
        }
        #expect(fixture.server.uploads.map(\.document.id) == ["upload-1", "upload-2"])
    }

    @Test func `a server that loses every upload is given up`() async throws {
        let fixture = try Fixture()
        let path = try fixture.write(bytes)
        fixture.server.fail { call in
            call.isChunk ? .refused(Problem(UploadError(.notFound(.upload)))) : nil
        }
        let error = try await refusal { try await fixture.client().put(.file(path: path), resume: fixture.store) }
        #expect(error.code.rawValue == "not_found")
        #expect(fixture.server.uploads.count == 3)
    }

    @Test func `a superseded chunk is sent again only after a query of its state`() async throws {
        let fixture = try await put { call in
            call.isChunk && call.path.hasSuffix("/3") && call.count <= 2
                ? .refused(Problem(UploadError(.superseded))) : nil
        }
        #expect(fixture.server.calls.filter { $0.description == "GET /v1/uploads/upload-1" }.count == 2)
    }

    @Test func `chunks that the server lost are sent again when it says so`() async throws {
        let fixture = try Fixture()
        let path = try fixture.write(bytes)
        fixture.server.fail { [server = fixture.server] call in
            if call.isFinish, call.count == 1 {
                server.change("upload-1") { upload in
                    upload.chunks[2] = nil
                    upload.chunks[9] = nil
                    upload.acknowledged = []
                }
            }
            return nil
        }
        let finished = try await fixture.client().put(.file(path: path), resume: fixture.store)
        #expect(fixture.server.blob(finished.blob) == bytes)
        #expect(fixture.server.calls.filter(\.isChunk).count == 13)
    }

    @Test func `a server that is not a Wharf is detected`() async throws {
        let fixture = try Fixture()
        let path = try fixture.write(bytes)
        fixture.server.fail { _ in .answered(.notFound) }
        let unknown = try await refusal { try await fixture.client().put(.file(path: path)) }
        #expect(unknown.code.rawValue == "unexpected_answer")
        fixture.server.fail { _ in .answered(.ok) }
        let empty = try await refusal { try await fixture.client().put(.file(path: path)) }
        #expect(empty.code == .badAnswer)
    }

    @Test func `a server that cannot be reached at first is given up at once, but waited for later`() async throws {
        var retries = RetryPolicy()
        retries.failsFastAtFirst = true
        let fixture = try Fixture()
        let path = try fixture.write(bytes)
        fixture.server.fail { _ in .unconnected }
        let error = try await refusal { try await fixture.client(retries: retries).put(.file(path: path)) }
        #expect(error.code == .unreachable && error.isTemporary && fixture.server.calls.count == 1)
        fixture.server.fail { $0.isChunk && $0.count < 6 ? .unconnected : nil }
        let finished = try await fixture.client(retries: retries).put(.file(path: path))
        #expect(fixture.server.blob(finished.blob) == bytes)
    }

    @Test func `an invalid certificate is refused in one attempt, at any time`() async throws {
        let fixture = try Fixture()
        let path = try fixture.write(bytes)
        fixture.server.fail { $0.isChunk ? .insecure : nil }
        let error = try await refusal {
            try await fixture.client().put(.file(path: path), options: PutOptions(parallel: 1))
        }
        #expect(error.code == .insecure && !error.isTemporary && fixture.server.calls.filter(\.isChunk).count == 1)
    }
}

/// A proxy that refuses long bodies with 413, such as nginx with `client_max_body_size`.
@Suite struct ProxyLimitTests {
    private let bytes = content(900_000)

    private func fixture(limit: UInt64) throws -> Fixture {
        let fixture = try Fixture(chunkSize: 400_000)
        fixture.server.fail { [server = fixture.server] call in
            guard call.isChunk, let id = call.path.split(separator: "/").dropFirst(2).first else { return nil }
            let size = server.uploads.first { $0.document.id == id }?.document.chunkSize ?? 0
            return size > limit ? .answered(.contentTooLarge) : nil
        }
        return fixture
    }

    @Test func `chunks that a proxy refuses are made smaller, for later files too`() async throws {
        let fixture = try fixture(limit: 150_000)
        let client = try fixture.client()
        let events = Mutex<[PutEvent]>([])
        let path = try fixture.write(bytes)
        let finished = try await client.put(.file(path: path), resume: fixture.store) { _ in
        } onEvent: { event in
            events.withLock { $0.append(event) }
        }
        #expect(fixture.server.blob(finished.blob) == bytes)
        #expect(fixture.server.uploads.map(\.document.state) == [.aborted, .aborted, .committed])
        #expect(events.withLock { $0 } == [.shrunkChunks(to: 200_000), .shrunkChunks(to: 100_000)])
        #expect(fixture.states == 0)
        let second = try await client.put(.file(path: fixture.write(bytes, to: "second")), resume: fixture.store)
        #expect(second.upload == "upload-4" && fixture.server.uploads.last?.document.chunkSize == 100_000)
    }

    @Test func `a limit below the smallest chunk is refused with the name of the option`() async throws {
        let fixture = try fixture(limit: 60_000)
        let path = try fixture.write(bytes)
        let error = try await refusal { try await fixture.client().put(.file(path: path)) }
        #expect(error.advice.contains("--chunk-size") && error.message.contains("\(64 << 10) bytes"))
        #expect(!error.isTemporary)
    }

    @Test func `a stream cannot begin anew, and names the option`() async throws {
        let fixture = try fixture(limit: 60_000)
        let path = try fixture.write(bytes)
        let descriptor = open(path, O_RDONLY)
        defer { close(descriptor) }
        let error = try await refusal {
            try await fixture.client().put(
                .stream(descriptor: descriptor, name: "s"), options: PutOptions(chunkSize: 100_000))
        }
        #expect(error.advice.contains("--chunk-size"))
    }
}
